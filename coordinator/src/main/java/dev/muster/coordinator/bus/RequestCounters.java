package dev.muster.coordinator.bus;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;

/** Counts workers' requests by address and what came of them. Thread-safe. */
public final class RequestCounters {

    private final Meter.MeterProvider<Counter> requests;

    public RequestCounters(MeterRegistry registry) {
        this.requests =
                Counter.builder("muster.bus.requests")
                        .description("Requests of workers, by address and outcome")
                        .withRegistry(registry);
    }

    void answered(String address, String outcome) {
        requests.withTags("address", address, "outcome", outcome).increment();
    }
}
