package dev.muster.coordinator.report;

import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.Report;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * What the beginning and the end of an attempt say about its agent on its machine. Pure.
 *
 * <p>That a stage failed or took too long is the task's own fault, and a workspace that cannot be
 * made the repository's: neither says anything.
 *
 * @param word {@link #GOOD}, {@link #BEGUN}, or why the agent failed
 * @param lasts how long the agent is kept from the machine if it failed too often; null until the
 *     machine's daemon is replaced, or if it did not fail
 */
record AgentHealth(String word, @Nullable Duration lasts) {

    /** The agent did its work. */
    static final String GOOD = "good";

    /** The machine said its first word of the attempt, so it hears what it is given. */
    static final String BEGUN = "begun";

    private static final AgentHealth AWAKE = new AgentHealth(BEGUN, null);
    private static final AgentHealth FINE = new AgentHealth(GOOD, null);
    private static final AgentHealth BINARY_MISSING = new AgentHealth("binary_missing", null);
    private static final AgentHealth AUTH_FAILURE =
            new AgentHealth("auth_failure", Duration.ofMinutes(5));
    private static final AgentHealth RATE_LIMIT =
            new AgentHealth("rate_limit", Duration.ofMinutes(1));
    private static final AgentHealth UNKNOWN = new AgentHealth("unknown", Duration.ofMinutes(10));

    /** What {@code report} says; null if nothing. */
    static @Nullable AgentHealth of(Report report) {
        return switch (report.facts().getLast()) {
            case Fact.GateOpened _, Fact.StageStarted _, Fact.StageEnded _, Fact.AgentAsked _ ->
                    begun(report);
            case Fact.Succeeded _ -> FINE;
            case Fact.Failed failed ->
                    switch (failed.reason()) {
                        case "agent_missing" -> BINARY_MISSING;
                        case "agent_auth" -> AUTH_FAILURE;
                        case "agent_rate_limit" -> RATE_LIMIT;
                        case "worker_error" -> UNKNOWN;
                        default -> begun(report);
                    };
        };
    }

    private static @Nullable AgentHealth begun(Report report) {
        return report.first() == 1 ? AWAKE : null;
    }
}
