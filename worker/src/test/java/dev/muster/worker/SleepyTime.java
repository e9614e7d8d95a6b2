package dev.muster.worker;

import dev.muster.worker.time.Time;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;

/** The system's time on a computer that sleeps when it is told to. */
final class SleepyTime implements Time {

    private final Time system = Time.system();
    private final AtomicReference<Duration> slept = new AtomicReference<>(Duration.ZERO);

    void sleepFor(Duration duration) {
        slept.updateAndGet(duration::plus);
    }

    @Override
    public long nanos() {
        return system.nanos() + slept.get().toNanos();
    }

    @Override
    public Instant now() {
        return system.now().plus(slept.get());
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
        system.sleep(duration);
    }

    @Override
    public double chance() {
        return system.chance();
    }

    @Override
    public UUID newId() {
        return system.newId();
    }
}
