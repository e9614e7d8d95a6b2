package dev.muster.coordinator.db;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The running server process, kept running.
 *
 * <p>One platform thread starts it, reads what it prints and starts it again if it ends unasked.
 * The kernel ends the server when that very thread ends, so the thread stays until the server has.
 */
final class Postmaster {

    private static final Logger log = LoggerFactory.getLogger("dev.muster.postgres");

    private static final Duration START_TIMEOUT = Duration.ofMinutes(2); // crash recovery included
    private static final Duration FAST_STOP = Duration.ofSeconds(30);
    private static final Duration IMMEDIATE_STOP = Duration.ofSeconds(5);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Duration HEALTHY = Duration.ofMinutes(1);
    private static final int REMEMBERED_LINES = 12;

    private final List<String> command;
    private final boolean guarded;
    private final Path data;
    private final CompletableFuture<Void> firstReady = new CompletableFuture<>();
    private final Deque<String> lastLines = new ArrayDeque<>(); // only the thread touches this
    private final Thread thread;

    private volatile boolean closing;
    private volatile @Nullable Process process;

    /**
     * @param command whole, from prefix to last setting
     * @param guarded whether the command has the kernel end the server with its parent
     * @param data the server's data directory
     */
    Postmaster(List<String> command, boolean guarded, Path data) {
        this.command = List.copyOf(command);
        this.guarded = guarded;
        this.data = data;
        this.thread = Thread.ofPlatform().name("postgres").daemon().unstarted(this::keepRunning);
    }

    /** Returns when the server takes connections. */
    void start() {
        thread.start();
        try {
            firstReady.get(START_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new EmbeddedPostgres.Failure(e.getCause().getMessage());
        } catch (TimeoutException e) {
            stop();
            throw new EmbeddedPostgres.Failure(
                    "PostgreSQL was not ready within " + START_TIMEOUT.toSeconds() + " s");
        } catch (InterruptedException e) {
            stop();
            Thread.currentThread().interrupt();
            throw new EmbeddedPostgres.Failure("interrupted while PostgreSQL was starting");
        }
    }

    /** The server's process id, while there is a server. */
    long pid() {
        var running = process;
        return running == null ? -1 : running.pid();
    }

    /** Ends sessions, writes everything, returns when the server is gone. May be called twice. */
    void stop() {
        closing = true;
        thread.interrupt(); // ends a pause between two starts; reading is not interruptible
        var running = process;
        if (running == null) {
            awaitThread(); // it may be starting a server, which it tells to stop at once
            return;
        }
        // SIGTERM would wait for every session to leave by itself.
        if (endedAfter("INT", running, FAST_STOP) || endedAfter("QUIT", running, IMMEDIATE_STOP)) {
            return;
        }
        log.error("postgres would not stop and was killed pid={}", running.pid());
        running.destroyForcibly();
    }

    private static boolean endedAfter(String signal, Process running, Duration bound) {
        LeftoverPostmaster.signal(signal, running.pid());
        try {
            return running.waitFor(bound.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void awaitThread() {
        try {
            thread.join(FAST_STOP);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void keepRunning() {
        var pause = FIRST_PAUSE;
        while (!closing) {
            var begun = System.nanoTime();
            try {
                if (firstReady.isDone()) {
                    LeftoverPostmaster.end(data);
                }
                var exit = runOnce();
                if (closing) {
                    return;
                }
                if (!firstReady.isDone()) {
                    firstReady.completeExceptionally(
                            new EmbeddedPostgres.Failure(
                                    "PostgreSQL did not start: " + String.join("; ", lastLines)));
                    return;
                }
                if (System.nanoTime() - begun > HEALTHY.toNanos()) {
                    pause = FIRST_PAUSE;
                }
                log.error(
                        "postgres ended unasked exit={}, starting it again in {} s",
                        exit,
                        pause.toSeconds());
            } catch (IOException | EmbeddedPostgres.Failure e) {
                if (firstReady.completeExceptionally(
                        new EmbeddedPostgres.Failure(
                                "PostgreSQL did not start: " + e.getMessage()))) {
                    return;
                }
                log.error(
                        "postgres could not be started again, will try in {} s",
                        pause.toSeconds(),
                        e);
            } catch (InterruptedException e) {
                return; // only stop() interrupts
            }
            try {
                Thread.sleep(pause);
            } catch (InterruptedException e) {
                return; // only stop() interrupts
            }
            var longer = pause.multipliedBy(2);
            pause = longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
        }
    }

    private int runOnce() throws IOException, InterruptedException {
        lastLines.clear();
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        EmbeddedPostgres.cleanEnvironment(builder);
        var started = builder.start();
        process = started;
        var guard = guarded ? null : guardOf(started);
        if (closing) {
            LeftoverPostmaster.signal("INT", started.pid());
        }
        try (var output = started.inputReader(StandardCharsets.UTF_8)) {
            pump(output);
        }
        if (guard != null) {
            guard.destroy();
        }
        return started.waitFor();
    }

    private void pump(BufferedReader output) throws IOException {
        for (var line = output.readLine(); line != null; line = output.readLine()) {
            if (lastLines.size() == REMEMBERED_LINES) {
                lastLines.removeFirst();
            }
            lastLines.addLast(line);
            if (line.endsWith("database system is ready to accept connections")) {
                firstReady.complete(null);
            }
            report(line);
        }
    }

    /** An ERROR is news to the client that caused it, not to the operator. */
    private static void report(String line) {
        if (line.startsWith("PANIC:")) {
            log.error("{}", line);
        } else if (line.startsWith("FATAL:") || line.startsWith("WARNING:")) {
            log.warn("{}", line);
        } else {
            log.debug("{}", line);
        }
    }

    /**
     * Where the kernel cannot do it: a shell that notices our end by its input and tells the
     * server.
     */
    private static Process guardOf(Process server) throws IOException {
        var script = "trap '' INT TERM HUP; cat >/dev/null; kill -INT " + server.pid();
        return new ProcessBuilder("/bin/sh", "-c", script)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }
}
