package dev.muster.coordinator.time;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Coalescing wake-up: any number of pokes during a pass become one more pass. Thread-safe. */
public final class Wakeup {

    private final Semaphore permits = new Semaphore(0);

    public void poke() {
        permits.release();
    }

    /** Waits for a poke, or {@code atMost}. A poke that came before counts. */
    public void await(Duration atMost) throws InterruptedException {
        if (permits.tryAcquire(atMost.toNanos(), TimeUnit.NANOSECONDS)) {
            permits.drainPermits();
        }
    }
}
