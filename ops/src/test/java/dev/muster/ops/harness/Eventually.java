package dev.muster.ops.harness;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Waits for what other processes do. They send no signal, so it looks until the deadline. */
public final class Eventually {

    private static final Duration LOOK = Duration.ofMillis(50);

    private Eventually() {}

    /** Returns once {@code condition} holds; fails with {@code what} was waited for. */
    public static void holds(String what, Duration atMost, Callable<Boolean> condition)
            throws Exception {
        value(what, atMost, () -> condition.call() ? Optional.of(true) : Optional.empty());
    }

    /** Whether so much time has passed since this was asked for: while nothing else may happen. */
    public static Callable<Boolean> passed(Duration time) {
        var until = System.nanoTime() + time.toNanos();
        return () -> System.nanoTime() - until > 0;
    }

    /** Returns the first value there is. */
    public static <T> T value(String what, Duration atMost, Callable<Optional<T>> source)
            throws Exception {
        var longest = atMost.multipliedBy(Bus.CHOSEN.patience());
        var deadline = System.nanoTime() + longest.toNanos();
        while (true) {
            var found = source.call();
            if (found.isPresent()) {
                return found.get();
            }
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + longest.toSeconds() + " s: " + what);
            }
            LockSupport.parkNanos(LOOK.toNanos());
        }
    }
}
