package dev.muster.worker.time;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

final class SystemTime implements Time {

    @Override
    public long nanos() {
        return SleepingClock.nanos();
    }

    @Override
    public Instant now() {
        return Instant.now();
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
        Thread.sleep(duration);
    }

    @Override
    public double chance() {
        return ThreadLocalRandom.current().nextDouble();
    }

    @Override
    public UUID newId() {
        return UUID.randomUUID();
    }
}
