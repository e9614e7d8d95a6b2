package dev.muster.worker.terminal;

import dev.muster.protocol.message.LeaseRef;
import dev.muster.worker.journal.Journals;
import dev.muster.worker.process.Cookie;
import dev.muster.worker.process.Sweeper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Measures attempts of one stage {@code true}: how many a second, and how long until the stage's
 * process runs. Arguments: how many attempts (2000), how many slots (8), MiB of memory the daemon
 * already uses (0), for a fork copies its page tables.
 */
public final class SpawnBenchmark {

    private static final Limits LONG = Limits.of(Duration.ofMinutes(1));

    private final Path home;
    private final int attempts;
    private final int slots;
    private final Map<String, String> environment;

    private SpawnBenchmark(Path home, int attempts, int slots) {
        this.home = home;
        this.attempts = attempts;
        this.slots = slots;
        this.environment =
                new ShellEnvironment(1, 1, "bench", null, "measure", Map.of())
                        .variables(System.getenv(), new Cookie("bench-0"));
    }

    public static void main(String[] arguments) throws Exception {
        int attempts = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 2000;
        int slots = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 8;
        int used = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 0;
        var memory = new byte[used][];
        Arrays.setAll(memory, _ -> filled());
        var home = Files.createTempDirectory("spawn-benchmark");
        var benchmark = new SpawnBenchmark(home, attempts, slots);
        for (var shell :
                List.of(List.of("/bin/bash", "--noprofile", "--norc"), List.of("/bin/sh"))) {
            benchmark.attempts(shell);
        }
        var direct = List.of("/bin/bash", "--noprofile", "--norc", "-c", "true");
        benchmark.raw(
                "posix_spawn of bash -c true",
                () -> SpawnedPty.start(direct, benchmark.environment, home, 120, 30));
        benchmark.raw(
                "pty4j of bash -c true",
                () -> ForkedPty.start(direct, benchmark.environment, home, 120, 30));
        Terminals.empty(home);
        Files.delete(home);
        if (memory.length != used) {
            throw new AssertionError("the memory is in use until here");
        }
    }

    private static byte[] filled() {
        var bytes = new byte[1024 * 1024];
        Arrays.fill(bytes, (byte) 1);
        return bytes;
    }

    /** Whole attempts: terminal, one stage, journal on disk, acknowledged, deleted. */
    private void attempts(List<String> shell) throws Exception {
        var numbers = new AtomicInteger();
        var journals = Journals.in(home.resolve("journals"), 1024 * 1024);
        var family = Cookie.Family.of(home);
        try (var sweeper = new Sweeper(Duration.ofSeconds(5), Sweeper.PERIOD);
                var terminals =
                        Terminals.in(home.resolve("terminals"), sweeper, Optional.empty(), shell)) {
            measure(
                    "attempts with " + shell.getFirst(),
                    () -> {
                        long start = System.nanoTime();
                        var journal =
                                journals.create(
                                        new LeaseRef(numbers.incrementAndGet(), 1, 1), () -> {});
                        var cookie = family.next();
                        try (var terminal =
                                terminals.open(
                                        new TerminalSpec(home, environment, cookie),
                                        (b, from, n) -> journal.append(0, b, from, n))) {
                            var stage = new StageScript("bench", "true", Map.of(), true);
                            if (!(terminal.run(stage, LONG) instanceof StageEnd.Exited(int status))
                                    || status != 0) {
                                throw new AssertionError("a stage failed");
                            }
                            journal.acknowledge(journal.size());
                            journal.delete();
                            return terminal.startedAtNanos() - start;
                        }
                    });
        }
    }

    private interface Starting {
        Pty start() throws IOException;
    }

    private void raw(String name, Starting starting) throws Exception {
        measure(
                name,
                () -> {
                    long start = System.nanoTime();
                    var pty = starting.start();
                    long started = System.nanoTime() - start;
                    var bytes = new byte[4096];
                    while (pty.read(bytes) >= 0) {
                        // it prints nothing
                    }
                    pty.reap();
                    pty.close();
                    return started;
                });
    }

    private void measure(String name, Callable<Long> one) throws Exception {
        for (int i = 0; i < attempts / 10; i++) {
            one.call();
        }
        var left = new AtomicInteger(attempts);
        var workers = new ArrayList<FutureTask<List<Long>>>();
        long begin = System.nanoTime();
        for (int slot = 0; slot < slots; slot++) {
            var worker =
                    new FutureTask<List<Long>>(
                            () -> {
                                var times = new ArrayList<Long>();
                                while (left.decrementAndGet() >= 0) {
                                    times.add(one.call());
                                }
                                return times;
                            });
            workers.add(worker);
            Thread.ofPlatform().start(worker);
        }
        var times = new ArrayList<Long>();
        for (var worker : workers) {
            times.addAll(worker.get());
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        times.sort(null);
        System.out.printf(
                Locale.ROOT,
                "%-32s %5.0f/s   started after p50 %.2f ms, p99 %.2f ms%n",
                name,
                attempts / seconds,
                times.get(times.size() / 2) / 1e6,
                times.get(times.size() * 99 / 100) / 1e6);
    }
}
