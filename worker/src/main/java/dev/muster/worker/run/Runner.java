package dev.muster.worker.run;

import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.Pull;

import java.util.List;

/** Runs attempts. */
@FunctionalInterface
public interface Runner {

    /**
     * Runs the attempt on the calling virtual thread and reports what happens, a final fact last.
     * Nothing of it runs any more when this returns or throws.
     *
     * @throws InterruptedException if the attempt was stopped; whoever stopped it knows what to
     *     tell
     */
    void run(Assignment assignment, RunContext context) throws InterruptedException;

    /**
     * Fingerprints of repositories this machine holds a copy of, at most {@link Pull#MOST_MIRRORS}:
     * tasks on them are better given to it than to others.
     */
    default List<String> mirrors() {
        return List.of();
    }
}
