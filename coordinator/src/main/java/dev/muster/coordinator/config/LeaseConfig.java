package dev.muster.coordinator.config;

import java.time.Duration;

/**
 * How long silence is borne.
 *
 * @param startDeadline how long a granted attempt may stay unmentioned by its machine before it is
 *     granted anew
 * @param heartbeat how often a machine reports
 * @param grace how long a silent machine keeps the right to its attempts
 */
public record LeaseConfig(Duration startDeadline, Duration heartbeat, Duration grace) {

    /** 30 s to start, a heartbeat each 5 s, 10 minutes of grace. */
    public static final LeaseConfig DEFAULT =
            new LeaseConfig(Duration.ofSeconds(30), Duration.ofSeconds(5), Duration.ofMinutes(10));

    public LeaseConfig {
        if (heartbeat.toMillis() < 50 || heartbeat.compareTo(Duration.ofMinutes(1)) > 0) {
            throw new IllegalArgumentException("lease.heartbeat is 50 ms to 1 min");
        }
        if (heartbeat.multipliedBy(3).compareTo(startDeadline) > 0) {
            throw new IllegalArgumentException(
                    "lease.start-deadline must be at least three heartbeats");
        }
        if (startDeadline.compareTo(grace) > 0) {
            throw new IllegalArgumentException("lease.grace must be at least lease.start-deadline");
        }
    }
}
