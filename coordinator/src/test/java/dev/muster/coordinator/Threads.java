package dev.muster.coordinator;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Runs several things at once and fails if one of them does. */
final class Threads {

    private static final Duration MOST = Duration.ofSeconds(60);

    private Threads() {}

    static void all(Runnable... works) {
        var failures = new ConcurrentLinkedQueue<Throwable>();
        var threads =
                Arrays.stream(works)
                        .map(work -> Thread.ofVirtual().unstarted(() -> attempt(work, failures)))
                        .toList();
        threads.forEach(Thread::start);
        try {
            for (var thread : threads) {
                if (!thread.join(MOST)) {
                    throw new AssertionError("still running after " + MOST);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        if (!failures.isEmpty()) {
            var error = new AssertionError(failures.size() + " of the works failed");
            failures.forEach(error::addSuppressed);
            throw error;
        }
    }

    private static void attempt(Runnable work, ConcurrentLinkedQueue<Throwable> failures) {
        try {
            work.run();
        } catch (Throwable e) {
            failures.add(e);
        }
    }
}
