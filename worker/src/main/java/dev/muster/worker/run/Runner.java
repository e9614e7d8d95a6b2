package dev.muster.worker.run;

import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.Pull;
import dev.muster.worker.workspace.Pushes;

import java.util.List;
import java.util.Optional;

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

    /** What its attempts push in the end; empty if they never do. */
    default Optional<Pushes> pushes() {
        return Optional.empty();
    }
}
