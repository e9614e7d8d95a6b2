package dev.muster.coordinator.config;

import java.time.Duration;

/**
 * How what a machine tells of itself is read, and its silence. Its right to its attempts is another
 * matter: see {@link LeaseConfig#grace}.
 *
 * @param unreachableAfter silence after which a machine is shown as unreachable
 * @param offlineAfter silence after which it counts as offline, and its running tasks wait for it
 * @param diskThreshold share of the disk under its workspaces in use above which a machine is
 *     drained, 0.01 to 1; 1 for never
 */
public record PresenceConfig(
        Duration unreachableAfter, Duration offlineAfter, double diskThreshold) {

    /** Drained above 90 % (seed 004). */
    public static final double DEFAULT_DISK_THRESHOLD = 0.9;

    /** Unreachable after 15 s, offline after 45 s, drained above 90 %. */
    public static final PresenceConfig DEFAULT =
            new PresenceConfig(
                    Duration.ofSeconds(15), Duration.ofSeconds(45), DEFAULT_DISK_THRESHOLD);

    public PresenceConfig {
        if (unreachableAfter.toMillis() < 100) {
            throw new IllegalArgumentException("presence.unreachable-after is at least 100 ms");
        }
        if (unreachableAfter.compareTo(offlineAfter) > 0) {
            throw new IllegalArgumentException(
                    "presence.offline-after must be at least presence.unreachable-after");
        }
        if (offlineAfter.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException("presence.offline-after is at most 1 day");
        }
        if (!(diskThreshold >= 0.01 && diskThreshold <= 1)) {
            throw new IllegalArgumentException("presence.disk-threshold is 1 % to 100 %");
        }
    }
}
