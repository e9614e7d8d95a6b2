package dev.muster.ops.demo;

import dev.muster.ops.terminal.Complaint;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The {@code git} program, with the user's own settings out of the way where they matter. */
final class Git {

    private static final long TIMEOUT_SECONDS = 60;

    private Git() {}

    /**
     * Runs git in {@code directory} and returns what it printed.
     *
     * @throws Complaint if it fails or is not there
     */
    static String run(Path directory, String... arguments) {
        var command = new ArrayList<String>();
        // The sources may belong to another user than root, who runs this.
        command.addAll(List.of("git", "-c", "safe.directory=*", "-C", directory.toString()));
        command.addAll(List.of(arguments));
        try {
            var process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            try (var output = process.inputReader(StandardCharsets.UTF_8)) {
                var said = output.readAllAsString();
                if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                        || process.exitValue() != 0) {
                    throw new Complaint("git " + arguments[0] + " failed: " + said.strip());
                }
                return said;
            } finally {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            throw new Complaint("the demonstration needs git; install it and try again", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Complaint("interrupted", e);
        }
    }
}
