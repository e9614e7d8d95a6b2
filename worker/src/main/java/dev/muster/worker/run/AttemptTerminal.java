package dev.muster.worker.run;

import dev.muster.worker.terminal.Limits;
import dev.muster.worker.terminal.ShellTerminal;
import dev.muster.worker.terminal.StageEnd;
import dev.muster.worker.terminal.StageScript;

import java.io.IOException;

/**
 * The terminal of an attempt, whose shell may end before the attempt does: the next stage then gets
 * another, and the log goes on. A stage with secrets has a shell for itself: nothing that stages
 * before it left running lives beside it, nor goes on with its environment after it. For one
 * thread.
 */
final class AttemptTerminal implements AutoCloseable {

    /** Where shells come from; all print into the same log. */
    @FunctionalInterface
    interface Opening {
        ShellTerminal open() throws IOException;
    }

    private final Opening opening;
    private ShellTerminal present;
    private boolean used;
    private boolean spent;

    AttemptTerminal(Opening opening) throws IOException {
        this.opening = opening;
        this.present = opening.open();
    }

    /**
     * Runs a stage and waits for its end, as {@link ShellTerminal#run} does.
     *
     * @throws IOException if the shell cannot be started, or processes of the former one do not end
     */
    StageEnd run(StageScript stage, Limits limits) throws IOException, InterruptedException {
        boolean secret = !stage.values().secrets().isEmpty();
        if (spent || (used && secret)) {
            // what is left of it would work in the same directory
            if (!present.closeAndAwait()) {
                throw new IOException("processes of a stage that was ended live on");
            }
            present = opening.open();
        }
        used = true;
        var end = present.run(stage, limits);
        spent = secret || !(end instanceof StageEnd.Exited);
        return end;
    }

    /** As {@link ShellTerminal#closeAndAwait} does. */
    boolean closeAndAwait() throws InterruptedException {
        return present.closeAndAwait();
    }

    @Override
    public void close() {
        present.close();
    }
}
