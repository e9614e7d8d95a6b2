package dev.muster.ops.bench;

import dev.muster.coordinator.db.Database;

import io.vertx.core.Vertx;
import io.vertx.sqlclient.Tuple;

import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/** Prints what claims cost while something keeps the database from tidying up. */
@Command(
        name = "pinned",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures what it takes to grant a task, at a steady rate of tasks that are created,"
                    + " granted and completed,",
            "without and with a transaction that stays open; beside both, a row of a bare table is"
                    + " claimed as often.",
            "Takes twice the given time and half a minute."
        },
        footer = {
            "",
            "Examples:",
            "  ops/bench pinned                  two minutes each",
            "  ops/bench pinned --seconds 600    as long as a backup may take",
            "  ops/bench pinned --taken 30000    as if it had been open for ten minutes"
        })
public final class PinnedBenchCommand implements Callable<Integer> {

    private static final double MILLIS = 1e6;
    private static final int SLOTS = 16;
    private static final int POSTERS = 64;
    private static final Duration WARM_UP = Duration.ofSeconds(10);

    // The only machine there is is passed over for them, so it is not given any.
    private static final String PUT =
            """
            insert into queue (task_id, project_id, agent_type, passed_over, passed_until)
            select -n, p.id, p.agent_type, m.id, now() + interval '1 h'
              from generate_series(1, $1::int) n
             cross join project p
             cross join machine m
             where p.key = 'plain'
            """;

    private static final String TAKE = "delete from queue where task_id < 0";

    private static final String TIDIED =
            "select n_dead_tup as dead from pg_stat_user_tables where relname = 'queue'";

    @Option(
            names = "--seconds",
            defaultValue = "120",
            description = "How long to measure without, and again with the open transaction.")
    private int seconds;

    @Option(
            names = "--taken",
            defaultValue = "0",
            description = {
                "Rows that are put into the queue and taken off it once the transaction is open,"
                        + " before the",
                "measuring: what it would have kept for so long."
            })
    private int taken;

    @Option(names = "--rate", defaultValue = "50", description = "Tasks per second.")
    private int rate;

    /** Latencies in nanoseconds, but for what the coordinator says itself. */
    private record Measured(Histogram claims, Histogram floor, double claimP50, double claimP99) {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        var directory = Files.createTempDirectory("muster-bench-");
        var vertx = Vertx.vertx();
        try (var rig = Rig.start(directory, POSTERS);
                var worker =
                        DispatchBench.worker(
                                rig, directory.resolve("w"), SLOTS, "nothing", Optional.empty());
                var database = Database.open(vertx, rig.database())) {
            rig.project("plain", "true", Optional.empty());
            var floor = new ClaimFloor(database);
            measure(rig, worker, floor, WARM_UP);
            var length = Duration.ofSeconds(seconds);
            var free = measure(rig, worker, floor, length);
            say("nothing open", free);
            try (var _ = new PinnedSnapshot(database)) {
                database.query("queueing", PUT, Tuple.of(taken));
                database.query("taking", TAKE);
                var pinned = measure(rig, worker, floor, length);
                say("a snapshot pinned", pinned);
                System.out.printf(
                        Locale.ROOT,
                        "the pin costs claims %.1f times the p50 and %.1f times the p99, the floor"
                                + " %.1f and %.1f; %,d dead rows in the queue%n",
                        pinned.claimP50() / free.claimP50(),
                        pinned.claimP99() / free.claimP99(),
                        millis(pinned.floor(), 50) / millis(free.floor(), 50),
                        millis(pinned.floor(), 99) / millis(free.floor(), 99),
                        database.query("counting what is left", TIDIED)
                                .iterator()
                                .next()
                                .getLong("dead"));
            }
        } finally {
            vertx.close().await();
            BenchCommand.delete(directory);
        }
        return 0;
    }

    /** Everything at its time, however long what came before takes. */
    private Measured measure(Rig rig, WorkerProcess worker, ClaimFloor floor, Duration length) {
        var claims = new ConcurrentHistogram(3);
        var floors = new ConcurrentHistogram(3);
        var failure = new AtomicReference<RuntimeException>();
        var begun = System.nanoTime();
        try (var people = Executors.newVirtualThreadPerTaskExecutor()) {
            for (long n = 0; n * 1e9 / rate < length.toNanos(); n++) {
                var due = begun + Math.round(n * 1e9 / rate);
                LockSupport.parkNanos(due - System.nanoTime());
                people.execute(
                        () -> {
                            try {
                                var task = rig.task("plain");
                                claims.recordValue(worker.cameAt(task) - due);
                                floor.claim(floors);
                            } catch (RuntimeException e) {
                                failure.set(e);
                            }
                        });
            }
        }
        if (failure.get() != null) {
            throw failure.get();
        }
        return new Measured(
                claims,
                floors,
                rig.metric("muster_claim_seconds{quantile=\"0.5\"}") * 1e3,
                rig.metric("muster_claim_seconds{quantile=\"0.99\"}") * 1e3);
    }

    private static void say(String when, Measured measured) {
        System.out.printf(
                Locale.ROOT,
                "%-18s claims p50 %7.2f ms p99 %7.2f ms   floor p50 %7.2f ms p99 %7.2f ms   ratio"
                        + " %5.1f and %5.1f%n%18s created until a worker has it p50 %7.2f ms p99"
                        + " %7.2f ms%n",
                when,
                measured.claimP50(),
                measured.claimP99(),
                millis(measured.floor(), 50),
                millis(measured.floor(), 99),
                measured.claimP50() / millis(measured.floor(), 50),
                measured.claimP99() / millis(measured.floor(), 99),
                "",
                millis(measured.claims(), 50),
                millis(measured.claims(), 99));
    }

    private static double millis(Histogram nanos, double percentile) {
        return nanos.getValueAtPercentile(percentile) / MILLIS;
    }
}
