package dev.muster.protocol.pipeline;

import com.fasterxml.jackson.annotation.JsonIgnore;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Map;

/**
 * One step of a pipeline.
 *
 * @param name shown to people; unique in its pipeline
 * @param command what the agent is told to run, a {@link Template}
 * @param timeout whole seconds until the stage is failed, 1 to {@value #LONGEST_TIMEOUT}
 * @param env extra environment variables of this stage; null is taken for none, so never answered
 * @param gate what it asks a person before it runs; null for nothing
 */
public record Stage(
        String name,
        String command,
        int timeout,
        @Nullable Map<String, String> env,
        @Nullable Gate gate) {

    /** A week, in seconds. */
    public static final int LONGEST_TIMEOUT = 7 * 24 * 3600;

    /**
     * An hour, in seconds: what a stage gets that names no timeout (seed 004's default pipeline).
     */
    public static final int DEFAULT_TIMEOUT = 3600;

    public Stage {
        if (name.isBlank() || command.isBlank()) {
            throw new IllegalArgumentException("a stage has a name and a command");
        }
        if (timeout < 1 || timeout > LONGEST_TIMEOUT) {
            throw new IllegalArgumentException(
                    "timeout is 1 to " + LONGEST_TIMEOUT + " s, was " + timeout);
        }
        env = env == null ? Map.of() : Map.copyOf(env);
    }

    /** A stage that asks nobody. */
    public Stage(String name, String command, int timeout, @Nullable Map<String, String> env) {
        this(name, command, timeout, env, null);
    }

    /** The timeout as a duration. */
    @JsonIgnore
    public Duration limit() {
        return Duration.ofSeconds(timeout);
    }
}
