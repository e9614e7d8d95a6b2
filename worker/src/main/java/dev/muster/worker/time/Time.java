package dev.muster.worker.time;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/** What the daemon takes from outside itself to decide when, how long and by what name. */
public interface Time {

    /** The system's own. */
    static Time system() {
        return new SystemTime();
    }

    /**
     * A monotonic clock that also runs while the computer sleeps; only differences mean something.
     */
    long nanos();

    /** By the computer's clock, which people may set: for what outlives the daemon. */
    Instant now();

    /** Blocks the calling thread. */
    void sleep(Duration duration) throws InterruptedException;

    /** From 0 to below 1. */
    double chance();

    /** A name nobody else has. */
    UUID newId();

    /**
     * {@code duration} give or take {@code share} of it, so that many daemons do not move in step.
     */
    default Duration jittered(Duration duration, double share) {
        var factor = 1 + share * (2 * chance() - 1);
        return Duration.ofNanos(Math.round(duration.toNanos() * factor));
    }
}
