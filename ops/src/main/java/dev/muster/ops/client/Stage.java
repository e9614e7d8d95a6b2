package dev.muster.ops.client;

import java.time.Duration;
import java.util.Map;

/** One step of a pipeline. */
public record Stage(String name, String command, int timeout, Map<String, String> env) {
    public Stage {
        env = Map.copyOf(env);
    }

    public static Stage of(String name, String command, Duration timeout, Map<String, String> env) {
        return new Stage(name, command, Math.toIntExact(timeout.toSeconds()), env);
    }
}
