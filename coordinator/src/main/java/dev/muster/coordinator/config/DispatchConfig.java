package dev.muster.coordinator.config;

import java.time.Duration;

/**
 * How waiting tasks and machines come together.
 *
 * @param loadThreshold share of a machine's processors or memory in use from which it is given
 *     nothing more, 0.01 to 1; 1 for never
 * @param ageing in which a waiting task rises by one point of priority, 1 s to 7 days
 * @param inspectEvery how often it is looked for tasks that no machine could ever run, 50 ms to 10
 *     s
 */
public record DispatchConfig(double loadThreshold, Duration ageing, Duration inspectEvery) {

    /** 85 %, a point each minute, and a look each 10 s. */
    public static final DispatchConfig DEFAULT =
            new DispatchConfig(0.85, Duration.ofMinutes(1), Duration.ofSeconds(10));

    public DispatchConfig {
        if (!(loadThreshold >= 0.01 && loadThreshold <= 1)) {
            throw new IllegalArgumentException("dispatch.load-threshold is 1 % to 100 %");
        }
        if (ageing.compareTo(Duration.ofSeconds(1)) < 0
                || ageing.compareTo(Duration.ofDays(7)) > 0) {
            throw new IllegalArgumentException("dispatch.ageing is 1 s to 7 days");
        }
        if (inspectEvery.toMillis() < 50 || inspectEvery.compareTo(Duration.ofSeconds(10)) > 0) {
            throw new IllegalArgumentException(
                    "it is looked for hopeless tasks each 50 ms to 10 s");
        }
    }
}
