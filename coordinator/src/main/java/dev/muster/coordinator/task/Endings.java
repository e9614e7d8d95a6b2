package dev.muster.coordinator.task;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/** Counts attempts and leases as they end, whoever ends them. Thread-safe. */
public final class Endings {

    private final MeterRegistry registry;

    public Endings(MeterRegistry registry) {
        this.registry = registry;
    }

    /** {@code count} attempts ended, each with its lease. */
    public void attempts(String outcome, String reason, long count) {
        if (count > 0) {
            Counter.builder("muster.attempts.ended")
                    .description("Attempts that ended, by outcome")
                    .tag("outcome", outcome)
                    .register(registry)
                    .increment((double) count);
            leases(reason, count);
        }
    }

    /** {@code count} leases ended. */
    public void leases(String reason, long count) {
        if (count > 0) {
            Counter.builder("muster.leases.ended")
                    .description("Leases that ended, by reason")
                    .tag("reason", reason)
                    .register(registry)
                    .increment((double) count);
        }
    }
}
