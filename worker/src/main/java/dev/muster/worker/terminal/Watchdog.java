package dev.muster.worker.terminal;

import java.time.Duration;

/**
 * Tells when a stage has run, or been silent, for longer than it may. Bytes that wait for a blocked
 * output were printed, so while they wait the stage is not silent. Fed by the reader thread, asked
 * by the one that waits for the stage's end.
 */
final class Watchdog {

    private final Limits limits;
    private final long startedNanos = System.nanoTime();
    private volatile long heardNanos = startedNanos;
    private volatile boolean handing;

    Watchdog(Limits limits) {
        this.limits = limits;
    }

    /** The stage runs; until now there may have been no room for its prompt in the output. */
    void began() {
        heardNanos = System.nanoTime();
    }

    /** Bytes came and are on their way to the output. */
    void printing() {
        handing = true;
    }

    /** They arrived there. */
    void printed() {
        heardNanos = System.nanoTime();
        handing = false;
    }

    /** How long until there may be something to tell; not above 0 when there is. */
    long leftNanos() {
        return Math.min(leftOf(limits.total(), startedNanos), silenceLeft());
    }

    /** What is exceeded; the end of a stage's time says more than its silence. */
    StageEnd exceeded() {
        return leftOf(limits.total(), startedNanos) <= 0
                ? new StageEnd.TimedOut(limits.total())
                : new StageEnd.FellSilent(limits.silence());
    }

    private long silenceLeft() {
        // in this order: once handed over, the time of it is already there
        var busy = handing;
        return busy ? limits.silence().toNanos() : leftOf(limits.silence(), heardNanos);
    }

    private static long leftOf(Duration limit, long since) {
        return limit.toNanos() - (System.nanoTime() - since);
    }
}
