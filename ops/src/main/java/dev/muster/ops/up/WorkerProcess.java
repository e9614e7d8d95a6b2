package dev.muster.ops.up;

import dev.muster.ops.daemon.WorkerCommand;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A worker as a child process, started again whenever it ends unasked.
 *
 * <p>The child ends when our end of its standard input closes, which the kernel sees to even if
 * this process is killed.
 */
final class WorkerProcess implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(WorkerProcess.class);

    private static final Duration STOP = Duration.ofSeconds(45); // kill grace, last words, and some
    private static final Duration KILL = Duration.ofSeconds(5);

    /**
     * How the child is to be started.
     *
     * @param name for people
     * @param arguments of {@code muster worker}
     * @param token asked for before each start; empty once the worker has an identity
     */
    record Start(String name, List<String> arguments, Supplier<Optional<String>> token) {
        Start {
            arguments = List.copyOf(arguments);
        }
    }

    private final Start start;
    private final Consumer<String> tell;
    private final CountDownLatch connected = new CountDownLatch(1);
    private final Thread thread;
    private volatile boolean closing;
    private volatile @Nullable Process process;

    WorkerProcess(Start start, Consumer<String> tell) {
        this.start = start;
        this.tell = tell;
        this.thread = Thread.ofPlatform().name(start.name()).daemon().start(this::keepRunning);
    }

    /** Whether the worker had contact with the coordinator within {@code atMost}. */
    boolean awaitConnected(Duration atMost) throws InterruptedException {
        return connected.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void keepRunning() {
        var restarts = new Restarts();
        while (!closing) {
            var begun = System.nanoTime();
            var how = runOnce();
            if (closing) {
                return;
            }
            var pause = restarts.pauseAfter(Duration.ofNanos(System.nanoTime() - begun));
            tell.accept(
                    "%s ended (%s); starting it again in %d s"
                            .formatted(start.name(), how, pause.toSeconds()));
            try {
                Thread.sleep(pause);
            } catch (InterruptedException e) {
                return; // only close() interrupts
            }
        }
    }

    private String runOnce() {
        try {
            var started =
                    new ProcessBuilder(command())
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            process = started;
            log.info("worker started name={} pid={}", start.name(), started.pid());
            // Kept open as long as the child is to live; not in a try-with-resources for that
            // reason.
            var input = started.outputWriter(StandardCharsets.UTF_8);
            input.write(start.token().get().orElse("") + "\n");
            input.flush();
            if (closing) {
                input.close();
            }
            try (var output = started.inputReader(StandardCharsets.UTF_8)) {
                for (var line = output.readLine(); line != null; line = output.readLine()) {
                    if (line.equals(WorkerCommand.CONNECTED)) {
                        connected.countDown();
                    }
                }
            }
            return "exit code " + started.waitFor();
        } catch (IOException | RuntimeException e) {
            log.warn("a worker could not be started name={}", start.name(), e);
            return "it could not be started: " + e.getMessage();
        } catch (InterruptedException e) {
            return "interrupted";
        }
    }

    private List<String> command() {
        var command = new ArrayList<String>();
        if (Files.isExecutable(SETSID)) {
            // Ctrl-C reaches the whole foreground group; workers are stopped by us, in order.
            command.add(SETSID.toString());
        }
        command.addAll(launcher());
        command.addAll(List.of("worker", WorkerCommand.ATTACHED_FLAG));
        command.addAll(start.arguments());
        return command;
    }

    private static final Path SETSID = Path.of("/usr/bin/setsid");

    /** The distribution's own script, which knows the flags; or this JVM's class path, in tests. */
    private static List<String> launcher() {
        var home = System.getProperty("muster.home");
        if (home != null && Files.isExecutable(Path.of(home, "bin", "muster"))) {
            return List.of(Path.of(home, "bin", "muster").toString());
        }
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx192m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.muster.ops.Muster");
    }

    /** Lets the worker end in order, and ends it otherwise. */
    @Override
    public void close() {
        closing = true;
        thread.interrupt();
        var running = process;
        if (running == null) {
            return;
        }
        try {
            running.getOutputStream().close();
            if (running.waitFor(STOP.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
            log.error("worker would not stop and was killed name={}", start.name());
            running.destroyForcibly().waitFor(KILL.toMillis(), TimeUnit.MILLISECONDS);
        } catch (IOException e) {
            running.destroyForcibly();
        } catch (InterruptedException e) {
            running.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
