package dev.muster.worker.time;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.time.Duration;
import java.util.concurrent.Semaphore;

/** Coalescing wake-up: any number of pokes during a pass become one more pass. Thread-safe. */
public final class Wakeup {

    private final Semaphore permits = new Semaphore(0);

    public void poke() {
        permits.release();
    }

    /** Blocks until poked, or for {@code atMost}. */
    public void await(Duration atMost) throws InterruptedException {
        var poked = permits.tryAcquire(atMost.toNanos(), NANOSECONDS);
        if (poked) {
            permits.drainPermits();
        }
    }
}
