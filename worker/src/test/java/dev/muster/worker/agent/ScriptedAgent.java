package dev.muster.worker.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** A program that behaves like an interactive agent and does as its prompt says. */
public final class ScriptedAgent {

    private ScriptedAgent() {}

    /** Installs it under a name. */
    public static Path install(Path directory, String name) throws IOException {
        var program = Files.createDirectories(directory).resolve(name);
        try (var script = ScriptedAgent.class.getResourceAsStream("scripted-agent")) {
            Files.copy(script, program);
        }
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return program;
    }
}
