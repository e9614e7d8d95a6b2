package dev.muster.ops.demo;

import dev.muster.ops.client.Stage;
import dev.muster.ops.terminal.Complaint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The three stages of the demonstration; their scripts are resources beside this class. */
final class DemoPipeline {

    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    private DemoPipeline() {}

    /** Puts the scripts into {@code directory} and returns stages that run them. */
    static List<Stage> in(Path directory) {
        // A worker's terminal has its own environment: the compiler to use is part of the stage.
        var env = Map.of("JAVA_HOME", System.getProperty("java.home"));
        return List.of(
                stage(directory, "survey", env),
                stage(directory, "check", env),
                stage(directory, "report", env));
    }

    private static Stage stage(Path directory, String name, Map<String, String> env) {
        var script = directory.resolve(name + ".sh");
        try (var shipped = DemoPipeline.class.getResourceAsStream(name + ".sh")) {
            if (shipped == null) {
                throw new IllegalStateException("no script for stage " + name);
            }
            Files.createDirectories(directory);
            Files.copy(shipped, script);
        } catch (IOException e) {
            throw new Complaint("the scripts of the demonstration cannot be written: " + e, e);
        }
        return Stage.of(name, "sh '" + script + "'", TIMEOUT, env);
    }
}
