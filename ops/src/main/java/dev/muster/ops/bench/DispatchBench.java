package dev.muster.ops.bench;

import dev.muster.coordinator.db.Database;

import io.vertx.core.Vertx;

import org.HdrHistogram.Histogram;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Tasks per second end to end, and how soon a lone task is where it should be. */
final class DispatchBench implements AutoCloseable {

    private static final int ALONE = 300;
    private static final Duration PAUSE = Duration.ofMillis(5);
    private static final Duration LONGEST = Duration.ofMinutes(5);

    private static final String LEFT =
            "select (select count(*) from queue) + (select count(*) from lease) as left_over";

    private static final String COMPLETED =
            """
            select count(*) as completed
              from task t
              join project p on p.id = t.project_id
             where t.state = 'COMPLETED' and p.key = $1
            """;

    private final Rig rig;
    private final int posters;
    private final Vertx vertx = Vertx.vertx();
    private final Database database;

    DispatchBench(Rig rig, int posters) {
        this.rig = rig;
        this.posters = posters;
        this.database = Database.open(vertx, rig.database());
    }

    /**
     * Posts tasks one at a time on each of some connections, until all have run; tasks per second.
     */
    double tasksPerSecond(String project, int tasks) {
        var before = completed(project);
        var start = System.nanoTime();
        post(project, tasks);
        while (left() > 0) {
            if (System.nanoTime() - start > LONGEST.toNanos()) {
                throw new IllegalStateException(left() + " tasks are left after " + LONGEST);
            }
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
        var seconds = (System.nanoTime() - start) / 1e9;
        var completed = completed(project) - before;
        if (completed != tasks) {
            throw new IllegalStateException("of " + tasks + " tasks " + completed + " completed");
        }
        return tasks / seconds;
    }

    private void post(String project, int tasks) {
        var left = new AtomicInteger(tasks);
        var failures = new ConcurrentLinkedQueue<RuntimeException>();
        try (var people = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < posters; i++) {
                people.execute(
                        () -> {
                            try {
                                while (left.getAndDecrement() > 0) {
                                    rig.task(project);
                                }
                            } catch (RuntimeException e) {
                                failures.add(e);
                            }
                        });
            }
        }
        if (!failures.isEmpty()) {
            throw failures.peek();
        }
    }

    /** From the request for a task until a worker has it, on an idle system, in nanoseconds. */
    Histogram untilArrival(String project, WorkerProcess worker) {
        var latencies = new Histogram(3);
        for (int i = 0; i < ALONE; i++) {
            var start = System.nanoTime();
            var task = rig.task(project);
            latencies.recordValue(worker.cameAt(task) - start);
            awaitIdle();
        }
        return latencies;
    }

    /**
     * From the request for a task until its command runs, on an idle system; the command tells when
     * it ran.
     */
    Histogram untilCommand(String project) {
        var latencies = new Histogram(3);
        for (int i = 0; i < ALONE; i++) {
            var start = Instant.now();
            var task = rig.task(project);
            awaitIdle();
            var started = new BigDecimal(rig.startedAt(task).replace(',', '.'));
            var ran = Instant.ofEpochSecond(0, started.movePointRight(9).longValueExact());
            latencies.recordValue(Math.max(0, Duration.between(start, ran).toNanos()));
        }
        return latencies;
    }

    private void awaitIdle() {
        do {
            LockSupport.parkNanos(PAUSE.toNanos());
        } while (left() > 0);
    }

    private long left() {
        return database.query("counting what is left", LEFT).iterator().next().getLong(0);
    }

    private long completed(String project) {
        return database.query(
                        "counting what completed", COMPLETED, io.vertx.sqlclient.Tuple.of(project))
                .iterator()
                .next()
                .getLong(0);
    }

    /** A small repository with a few commits. */
    static Path repository(Path directory) throws IOException, InterruptedException {
        var script =
                """
                git init -q -b main "$1" && cd "$1" &&
                for n in 1 2 3 4 5 6 7 8 9 10; do
                    echo "$n" > "file$n" && git add . &&
                    git -c user.name=bench -c user.email=bench@localhost commit -q -m "commit $n" || exit 1
                done
                """;
        var git =
                new ProcessBuilder("sh", "-c", script, "sh", directory.toString())
                        .inheritIO()
                        .start();
        if (git.waitFor() != 0) {
            throw new IOException("git could not make a repository in " + directory);
        }
        return directory;
    }

    @Override
    public void close() {
        database.close();
        vertx.close().await();
    }

    static WorkerProcess worker(
            Rig rig, Path directory, int slots, String runner, Optional<Path> repository)
            throws IOException {
        return WorkerProcess.start(
                rig, directory, slots, runner, repository.map(List::of).orElse(List.of()));
    }
}
