package dev.muster.worker.user;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a small program that ends by itself. */
final class Programs {

    private static final long SECONDS = 10;

    /** What it wrote and how it ended. */
    record Answer(int status, String output) {}

    private Programs() {}

    static Answer run(List<String> command) throws RunAsFailure, InterruptedException {
        var builder =
                new ProcessBuilder(command)
                        .directory(Path.of("/").toFile())
                        .redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        builder.environment().put("LC_ALL", "C");
        try {
            var process = builder.start();
            process.getOutputStream().close();
            var output = new String(process.getInputStream().readAllBytes(), UTF_8);
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new RunAsFailure("run-as: " + command.getFirst() + " did not end.");
            }
            return new Answer(process.exitValue(), output);
        } catch (IOException e) {
            throw new RunAsFailure(
                    "run-as: "
                            + command.getFirst()
                            + " cannot be run here: "
                            + e.getMessage()
                            + ".",
                    e);
        }
    }
}
