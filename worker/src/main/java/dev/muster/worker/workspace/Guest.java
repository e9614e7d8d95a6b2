package dev.muster.worker.workspace;

import java.time.Duration;

/** Who is in a workspace beside its attempt, or after it. Thread-safe. */
public interface Guest {

    /** Has to leave. Returns at once. */
    void leave(String why);

    /** Whether nothing of it is in there any more, once that is so or {@code atMost} has passed. */
    boolean awaitLeft(Duration atMost) throws InterruptedException;
}
