package dev.muster.coordinator.config;

import java.time.Duration;

/**
 * How the silence of a machine is read. Its right to its attempts is another matter: see {@link
 * LeaseConfig#grace}.
 *
 * @param unreachableAfter silence after which a machine is shown as unreachable
 * @param offlineAfter silence after which it counts as offline, and its running tasks wait for it
 */
public record PresenceConfig(Duration unreachableAfter, Duration offlineAfter) {

    /** Unreachable after 15 s, offline after 45 s. */
    public static final PresenceConfig DEFAULT =
            new PresenceConfig(Duration.ofSeconds(15), Duration.ofSeconds(45));

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
    }
}
