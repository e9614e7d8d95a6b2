package dev.muster.protocol.pipeline;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * After what a stage is run. No stage is run once its attempt was ended from outside: cancelled,
 * lost, or refused at a gate.
 */
public enum When {
    /** After stages that all succeeded. */
    ON_SUCCESS,
    /** After one that failed for good. */
    ON_FAILURE,
    /** After either. */
    ALWAYS;

    /** As people write it, in the words that GitLab has for its jobs. */
    @JsonValue
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The one that is written so.
     *
     * @throws IllegalArgumentException if none is
     */
    @JsonCreator
    static When of(String text) {
        var found = find(text);
        if (found == null) {
            throw new IllegalArgumentException("when is " + all() + ", was " + text);
        }
        return found;
    }

    static @Nullable When find(@Nullable String text) {
        return Arrays.stream(values())
                .filter(one -> one.toString().equals(text))
                .findFirst()
                .orElse(null);
    }

    static String all() {
        return Arrays.stream(values()).map(When::toString).collect(Collectors.joining(", "));
    }

    /** Whether a stage is run now that a stage before it {@code failed}, or none did. */
    public boolean isAfter(boolean failed) {
        return switch (this) {
            case ON_SUCCESS -> !failed;
            case ON_FAILURE -> failed;
            case ALWAYS -> true;
        };
    }
}
