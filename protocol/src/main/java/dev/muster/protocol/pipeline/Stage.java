package dev.muster.protocol.pipeline;

import com.fasterxml.jackson.annotation.JsonIgnore;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * One step of a pipeline.
 *
 * @param name shown to people; unique in its pipeline
 * @param command what the agent is told to run, a {@link Template}
 * @param timeout whole seconds until the stage is failed, 1 to {@value #LONGEST_TIMEOUT}
 * @param env extra environment variables of this stage; null is taken for none, so never answered
 * @param retries how often it is run again after it failed or timed out, 0 to {@value
 *     #MOST_RETRIES}; null is taken for 0, so never answered
 * @param backoff whole seconds before each further try, 0 to {@value #LONGEST_BACKOFF}, always the
 *     same; null is taken for 0, so never answered
 * @param idleTimeout whole seconds without any output until the stage is failed, 1 to {@code
 *     timeout}; null for no such limit
 * @param gate what it asks a person before it runs; null for nothing
 * @param secrets names of the project's secrets that it gets, each as the variable of that name;
 *     null is taken for none, so never answered
 * @param when after what it is run; null for what most are, {@link When#ON_SUCCESS}, never answered
 *     by {@link #runs}
 */
public record Stage(
        String name,
        String command,
        int timeout,
        @Nullable Map<String, String> env,
        @Nullable Integer retries,
        @Nullable Integer backoff,
        @Nullable Integer idleTimeout,
        @Nullable Gate gate,
        @Nullable List<String> secrets,
        @Nullable When when) {

    /** More would hide that a stage does not work. */
    public static final int MOST_RETRIES = 10;

    /** An hour, in seconds. */
    public static final int LONGEST_BACKOFF = 3600;

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
        if (idleTimeout != null && (idleTimeout < 1 || idleTimeout > timeout)) {
            throw new IllegalArgumentException(
                    "idleTimeout is 1 to the stage's timeout, was " + idleTimeout);
        }
        env = env == null ? Map.of() : Map.copyOf(env);
        secrets = secrets == null ? List.of() : List.copyOf(secrets);
        retries = retries == null ? 0 : retries;
        backoff = backoff == null ? 0 : backoff;
        when = when == When.ON_SUCCESS ? null : when;
        if (retries < 0 || retries > MOST_RETRIES) {
            throw new IllegalArgumentException(
                    "retries are 0 to " + MOST_RETRIES + ", was " + retries);
        }
        if (backoff < 0 || backoff > LONGEST_BACKOFF) {
            throw new IllegalArgumentException(
                    "backoff is 0 to " + LONGEST_BACKOFF + " s, was " + backoff);
        }
    }

    /** One that asks nobody, is run once, and may be silent for as long as it runs. */
    public Stage(String name, String command, int timeout, @Nullable Map<String, String> env) {
        this(name, command, timeout, env, 0, 0, null, null);
    }

    /** One that gets no secrets. */
    public Stage(
            String name,
            String command,
            int timeout,
            @Nullable Map<String, String> env,
            @Nullable Integer retries,
            @Nullable Integer backoff,
            @Nullable Integer idleTimeout,
            @Nullable Gate gate) {
        this(name, command, timeout, env, retries, backoff, idleTimeout, gate, null, null);
    }

    /** After what it is run. */
    @JsonIgnore
    public When runs() {
        return when == null ? When.ON_SUCCESS : when;
    }

    /** How often it is run at most. */
    @JsonIgnore
    public int tries() {
        return 1 + retries;
    }

    /** The backoff as a duration. */
    @JsonIgnore
    public Duration pause() {
        return Duration.ofSeconds(backoff);
    }

    /** The timeout as a duration. */
    @JsonIgnore
    public Duration limit() {
        return Duration.ofSeconds(timeout);
    }

    /** How long it may print nothing; as long as it may run, if nobody said. */
    @JsonIgnore
    public Duration silence() {
        return Duration.ofSeconds(idleTimeout == null ? timeout : idleTimeout);
    }
}
