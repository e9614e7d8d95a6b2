package dev.muster.coordinator.time;

import java.time.Duration;

/** Time since something, by the monotonic clock. */
public final class Stopwatch {

    private final long start = System.nanoTime();

    private Stopwatch() {}

    public static Stopwatch started() {
        return new Stopwatch();
    }

    public Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - start);
    }
}
