package dev.muster.ops.bench;

import org.HdrHistogram.Histogram;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;

/** Prints what dispatch costs, beside its floors. */
@Command(
        name = "bench",
        hidden = true,
        subcommands = {
            HttpBenchCommand.class,
            TerminalBenchCommand.class,
            HistoryBenchCommand.class,
            PinnedBenchCommand.class
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures tasks per second and latency of a coordinator and a worker on this machine,"
                    + " beside",
            "the same database and the same shell without Muster. Takes some two minutes."
        },
        footer = {
            "",
            "Examples:",
            "  ops/bench                                  all of it",
            "  ops/bench --tasks 50000 --processes 500    a longer and a shorter run",
            "  ops/bench http                             the HTTP API instead",
            "  ops/bench terminal                         terminals",
            "  ops/bench history                          long histories, many viewers",
            "  ops/bench pinned                           claims while a transaction stays open"
        })
public final class BenchCommand implements Callable<Integer> {

    private static final double MICROS = 1e3;

    @Option(names = "--tasks", defaultValue = "20000", description = "Tasks that run no process.")
    private int tasks;

    @Option(
            names = "--processes",
            defaultValue = "3000",
            description = "Tasks that run a process each.")
    private int processes;

    @Option(
            names = "--worktrees",
            defaultValue = "300",
            description = "Tasks that run in a worktree each.")
    private int worktrees;

    @Option(names = "--slots", defaultValue = "8", description = "Attempts at once.")
    private int slots;

    @Option(
            names = "--posters",
            defaultValue = "8",
            description = "Connections that create tasks, one at a time each.")
    private int posters;

    @Override
    public Integer call() throws IOException, InterruptedException, ExecutionException {
        var directory = Files.createTempDirectory("muster-bench-");
        try (var rig = Rig.start(directory, posters + 1);
                var bench = new DispatchBench(rig, posters)) {
            var repository = DispatchBench.repository(directory.resolve("repository"));
            rig.project("plain", "true", Optional.empty());
            rig.project("clock", "echo started=$EPOCHREALTIME", Optional.empty());
            rig.project("tree", "true", Optional.of(repository));
            rig.project("treeclock", "echo started=$EPOCHREALTIME", Optional.of(repository));
            double sql = SqlFloor.transactionsPerSecond(rig.database());
            say("floor: claim and finish in SQL, 8 clients   %,9.0f /s", sql);
            nothing(rig, bench, directory, sql);
            real(rig, bench, directory, repository);
        } finally {
            delete(directory);
        }
        return 0;
    }

    private void nothing(Rig rig, DispatchBench bench, Path directory, double sql)
            throws IOException {
        try (var worker =
                DispatchBench.worker(
                        rig, directory.resolve("w1"), slots, "nothing", Optional.empty())) {
            bench.tasksPerSecond("plain", tasks); // until the compilers are done
            double rate = bench.tasksPerSecond("plain", tasks);
            say(
                    "tasks that run nothing                      %,9.0f /s   %.2f of the floor",
                    rate, rate / sql);
            say(
                    "  created until a worker has it, idle       %s",
                    shown(bench.untilArrival("plain", worker)));
        }
    }

    private void real(Rig rig, DispatchBench bench, Path directory, Path repository)
            throws IOException, InterruptedException, ExecutionException {
        double spawns = SpawnFloor.spawnsPerSecond(slots);
        say("floor: the same shell spawned and awaited   %,9.0f /s", spawns);
        say("  spawned until its first byte, alone       %s", shown(SpawnFloor.firstByte()));
        try (var _ =
                DispatchBench.worker(
                        rig, directory.resolve("w2"), slots, "real", Optional.of(repository))) {
            bench.tasksPerSecond("plain", processes);
            double rate = bench.tasksPerSecond("plain", processes);
            say(
                    "tasks with a process each                   %,9.0f /s   %.2f of the floor",
                    rate, rate / spawns);
            say(
                    "  created until its command runs, idle      %s",
                    shown(bench.untilCommand("clock")));
            bench.tasksPerSecond("tree", worktrees / 4);
            double trees = bench.tasksPerSecond("tree", worktrees);
            say(
                    "tasks with a worktree each                  %,9.0f /s   %.2f of the floor",
                    trees, trees / spawns);
            say(
                    "  created until its command runs, idle      %s",
                    shown(bench.untilCommand("treeclock")));
        }
    }

    private static String shown(Histogram nanos) {
        return String.format(
                Locale.ROOT,
                "p50 %,7.0f µs   p99 %,7.0f µs",
                nanos.getValueAtPercentile(50) / MICROS,
                nanos.getValueAtPercentile(99) / MICROS);
    }

    private static void say(String format, Object... values) {
        System.out.printf(Locale.ROOT, format + "%n", values);
    }

    static void delete(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
