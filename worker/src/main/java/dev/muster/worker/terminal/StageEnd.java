package dev.muster.worker.terminal;

import java.io.IOException;
import java.time.Duration;

/** How a stage ended. After all but {@link Exited} the terminal is of no more use. */
public sealed interface StageEnd {

    /** The stage's command ended by itself. */
    record Exited(int status) implements StageEnd {}

    /** It ran longer than it may. */
    record TimedOut(Duration limit) implements StageEnd {}

    /** It printed nothing for longer than it may. */
    record FellSilent(Duration limit) implements StageEnd {}

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
