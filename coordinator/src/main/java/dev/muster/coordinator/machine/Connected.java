package dev.muster.coordinator.machine;

import dev.muster.coordinator.time.Stopwatch;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/**
 * How many workers are connected. Counted at most once a second, whoever asks and how often:
 * strangers may ask. Thread-safe.
 */
final class Connected {

    private static final Duration FRESH = Duration.ofSeconds(1);

    private record Found(long count, Stopwatch since) {}

    private final LongSupplier counted;
    private final AtomicBoolean counting = new AtomicBoolean();
    private volatile Found newest;

    Connected(LongSupplier counted) {
        this.counted = counted;
        this.newest = new Found(-1, Stopwatch.started());
    }

    long count() {
        var seen = newest;
        var isFresh = seen.count() >= 0 && seen.since().elapsed().compareTo(FRESH) < 0;
        if (isFresh || (seen.count() >= 0 && !counting.compareAndSet(false, true))) {
            return seen.count();
        }
        try {
            newest = new Found(counted.getAsLong(), Stopwatch.started());
            return newest.count();
        } finally {
            counting.set(false);
        }
    }
}
