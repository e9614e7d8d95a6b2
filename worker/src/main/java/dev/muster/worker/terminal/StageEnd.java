package dev.muster.worker.terminal;

import java.io.IOException;
import java.time.Duration;

/**
 * How a stage ended. After all but {@link Exited} a shell's terminal is of no more use; an agent
 * has one for each stage.
 */
public sealed interface StageEnd {

    /** The stage's command ended by itself. */
    record Exited(int status) implements StageEnd {}

    /** It ran longer than it may. */
    record TimedOut(Duration limit) implements StageEnd {}

    /** It printed nothing for longer than it may. */
    record FellSilent(Duration limit) implements StageEnd {}

    /**
     * The agent told what became of the stage, and was ended.
     *
     * @param message what it said for people, perhaps nothing; of any origin, but one harmless line
     */
    record Told(boolean ok, String message) implements StageEnd {}

    /** The agent's program is not on this machine any more; nothing ran. */
    record AgentMissing(String program) implements StageEnd {}

    /** The project has no secret by a name that the stage names; nothing ran. */
    record SecretMissing(String name) implements StageEnd {}

    /**
     * A shell must not run the stage's command with the values it would get; nothing ran.
     *
     * @param why sentences for a person
     */
    record CommandRefused(String why) implements StageEnd {}

    /** The agent never came to the point where it takes a prompt, and was ended. */
    record AgentNotReady(Duration limit) implements StageEnd {}

    /**
     * The stage failed, and the agent complained of something that is not the task's fault.
     *
     * @param reason {@code agent_auth} or {@code agent_rate_limit}
     * @param line what it printed, harmless
     */
    record AgentUnfit(String reason, String line) implements StageEnd {}

    /**
     * The shell ended before it told the stage's status.
     *
     * @param status its exit status; 128 + n if signal n killed it
     * @param how one clause for a person
     */
    record ShellDied(int status, String how) implements StageEnd {}

    /** Somebody called {@link ShellTerminal#stop} or {@link ShellTerminal#close}. */
    record Stopped() implements StageEnd {}

    /** Its output could not be kept, such as on a full disk. */
    record OutputLost(IOException why) implements StageEnd {}
}
