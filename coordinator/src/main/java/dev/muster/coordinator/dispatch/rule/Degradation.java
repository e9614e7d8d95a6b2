package dev.muster.coordinator.dispatch.rule;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * An agent type that is kept from a machine, since it failed there time after time.
 *
 * @param until when it is tried again; null when only a new daemon ends it
 * @param why {@code binary_missing}, {@code auth_failure}, {@code rate_limit}, {@code unknown}, or
 *     {@link #NO_START}
 */
public record Degradation(String agentType, @Nullable Instant until, String why) {

    /** It was given tasks time after time and never said a word of them. */
    public static final String NO_START = "no_start";
}
