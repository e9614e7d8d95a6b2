package dev.muster.coordinator.db;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A server that outlived the process it belonged to, or the traces of one.
 *
 * <p>Only for the holder of the directory's lock: whatever still runs there has lost its owner.
 */
final class LeftoverPostmaster {

    private static final Logger log = LoggerFactory.getLogger(LeftoverPostmaster.class);

    private static final Duration ENDING_BY_ITSELF = Duration.ofSeconds(3);
    private static final Duration FAST_STOP = Duration.ofSeconds(30);
    private static final Duration IMMEDIATE_STOP = Duration.ofSeconds(5);

    private LeftoverPostmaster() {}

    /** Returns when no server uses {@code data} and nothing stands in the way of a new one. */
    static void end(Path data) throws IOException {
        var pidFile = data.resolve("postmaster.pid");
        var files = Files.isDirectory(data) ? data.toRealPath() : data;
        var server = serverNamedIn(pidFile).filter(process -> isServerOf(process, files));
        if (server.isPresent() && !ends(server.get())) {
            throw new EmbeddedPostgres.Failure(
                    "an older PostgreSQL, process "
                            + server.get().pid()
                            + ", still uses "
                            + data
                            + " and does not stop; end it and start again");
        }
        // The server itself would take any process that got the same number since for its rival.
        Files.deleteIfExists(pidFile);
    }

    private static Optional<ProcessHandle> serverNamedIn(Path pidFile) throws IOException {
        if (!Files.exists(pidFile)) {
            return Optional.empty();
        }
        var lines = Files.readAllLines(pidFile);
        if (lines.isEmpty() || !lines.getFirst().strip().matches("\\d{1,18}")) {
            return Optional.empty();
        }
        return ProcessHandle.of(Long.parseLong(lines.getFirst().strip()))
                .filter(ProcessHandle::isAlive);
    }

    private static boolean isServerOf(ProcessHandle process, Path data) {
        var program = process.info().command();
        if (program.isPresent() && !program.get().endsWith("/postgres")) {
            return false;
        }
        try {
            // A server works inside its data directory.
            var workingDirectory = Path.of("/proc", Long.toString(process.pid()), "cwd");
            return Files.readSymbolicLink(workingDirectory).equals(data);
        } catch (IOException e) {
            return true; // no such file system here: the name has to do
        }
    }

    private static boolean ends(ProcessHandle server) {
        if (endsWithin(server, ENDING_BY_ITSELF)) {
            return true;
        }
        log.warn("ending a postgres left by an earlier run pid={}", server.pid());
        signal("INT", server.pid());
        if (endsWithin(server, FAST_STOP)) {
            return true;
        }
        signal("QUIT", server.pid());
        return endsWithin(server, IMMEDIATE_STOP);
    }

    private static boolean endsWithin(ProcessHandle server, Duration bound) {
        try {
            server.onExit().get(bound.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (Exception e) {
            return !server.isAlive();
        }
    }

    /**
     * The JDK can only send SIGTERM and SIGKILL, and PostgreSQL gives each signal its own meaning.
     */
    static void signal(String name, long pid) {
        try {
            new ProcessBuilder("/bin/sh", "-c", "kill -" + name + " " + pid)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor(5, TimeUnit.SECONDS);
        } catch (IOException e) {
            log.error("could not signal a process pid={}", pid, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
