package dev.muster.worker.agent;

import dev.muster.worker.agent.AgentType.Complaint;
import dev.muster.worker.agent.AgentType.Completion;
import dev.muster.worker.agent.AgentType.Delivery;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The agent types a worker knows. What drives a {@code shell} stage is no agent and not here. */
public record AgentTypes(List<AgentType> all) {

    /** The type whose stages are shell commands. */
    public static final String SHELL = "shell";

    private static final String AUTH = "agent_auth";
    private static final String RATE_LIMIT = "agent_rate_limit";

    /** An agent of some size takes seconds to start on a busy machine. */
    private static final Duration READY = Duration.ofSeconds(60);

    // Stop comes at the end of each turn, and a stage is one turn; a person gives the permissions
    // that it asks for, in the terminal
    private static final AgentType CLAUDE =
            new AgentType(
                    "claude",
                    List.of("claude"),
                    List.of("--version"),
                    List.of("--permission-mode", "acceptEdits", "--settings", AgentType.SETTINGS),
                    """
                    {"hooks": {
                      "Stop": [{"hooks": [
                        {"type": "command", "command": "muster-signal done"}]}],
                      "Notification": [{"matcher": "permission_prompt", "hooks": [
                        {"type": "command", "command": "muster-signal ask 'It needs a permission.'"}]}]
                    }}
                    """,
                    Delivery.PASTE,
                    Set.of(Completion.SIGNAL, Completion.EXIT),
                    READY,
                    List.of(
                            Complaint.of(AUTH, "Invalid API key · (Please run|Fix external)"),
                            Complaint.of(AUTH, "API Error: 401 .*(authentication_error|/login)"),
                            Complaint.of(AUTH, "OAuth token (has expired|revoked) · Please run"),
                            Complaint.of(RATE_LIMIT, "Claude (AI )?usage limit reached"),
                            Complaint.of(
                                    RATE_LIMIT, "You've hit your (session|usage|weekly) limit"),
                            Complaint.of(
                                    RATE_LIMIT,
                                    "API Error: (429|529) .*(rate_limit|overloaded)_error")));

    // notify comes at the end of each turn, with what happened as one more argument
    private static final AgentType CODEX =
            new AgentType(
                    "codex",
                    List.of("codex"),
                    List.of("--version"),
                    List.of(
                            "--sandbox",
                            "workspace-write",
                            "--ask-for-approval",
                            "on-request",
                            "-c",
                            "notify=[\"muster-signal\",\"done\"]"),
                    "",
                    Delivery.PASTE,
                    Set.of(Completion.SIGNAL, Completion.EXIT),
                    READY,
                    List.of(
                            Complaint.of(AUTH, "unexpected status 401 Unauthorized"),
                            Complaint.of(AUTH, "access token could not be refreshed"),
                            Complaint.of(RATE_LIMIT, "You've hit your usage limit"),
                            Complaint.of(RATE_LIMIT, "exceeded retry limit, last status: 429")));

    // takes no hook as an argument; one of the user's own may still run muster-signal
    private static final AgentType CURSOR =
            new AgentType(
                    "cursor",
                    List.of("cursor-agent"),
                    List.of("--version"),
                    List.of(),
                    "",
                    Delivery.PASTE,
                    Set.of(Completion.SIGNAL, Completion.MARKER, Completion.EXIT),
                    READY,
                    List.of(
                            Complaint.of(
                                    AUTH,
                                    "Authentication required\\. Please run '(cursor-)?agent"
                                            + " login'"),
                            Complaint.of(AUTH, "The provided API key is invalid"),
                            Complaint.of(RATE_LIMIT, "You've hit your usage limit")));

    private static final List<AgentType> KNOWN = List.of(CLAUDE, CODEX, CURSOR);

    public AgentTypes {
        all = List.copyOf(all);
    }

    /** The known ones as the operator has them, and the operator's own. */
    public static AgentTypes of(AgentSettings settings) {
        var all = new ArrayList<AgentType>();
        for (var type : KNOWN) {
            var command = settings.commands().get(type.name());
            all.add(command == null ? type : type.startedBy(command));
        }
        settings.custom().ifPresent(custom -> all.add(custom(custom)));
        return new AgentTypes(all);
    }

    private static AgentType custom(AgentSettings.Custom custom) {
        return new AgentType(
                "custom",
                custom.command(),
                List.of(),
                List.of(),
                "",
                custom.delivery(),
                custom.completions(),
                READY,
                List.of());
    }

    /** The type of this name; empty for {@link #SHELL} and whatever else is no agent here. */
    public Optional<AgentType> find(String name) {
        return all.stream().filter(type -> type.name().equals(name)).findFirst();
    }
}
