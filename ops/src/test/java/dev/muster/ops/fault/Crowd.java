package dev.muster.ops.fault;

import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.Fact;
import dev.muster.worker.Worker;
import dev.muster.worker.WorkerConfig;
import dev.muster.worker.run.RunContext;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;

/**
 * Many machines in the test's own process: whole daemons with one slot each, whose attempts run no
 * process. They hold what they were given until they are let go on; from then on all succeed at
 * once.
 */
final class Crowd implements AutoCloseable {

    private final Site site;
    private final ConcurrentLinkedQueue<Worker> workers = new ConcurrentLinkedQueue<>();
    private final Map<Long, Integer> runs = new ConcurrentHashMap<>();
    private final CountDownLatch goOn = new CountDownLatch(1);

    private Crowd(Site site) {
        this.site = site;
    }

    /** Returns when each of them has contact with the coordinator. */
    static Crowd enrol(Site site, int count) throws Exception {
        var crowd = new Crowd(site);
        try {
            AtOnce.times(count, crowd::join);
        } catch (ExecutionException e) {
            crowd.close();
            throw e;
        }
        return crowd;
    }

    private Worker join(int number) throws Exception {
        var name = "m" + number;
        var config =
                new WorkerConfig(
                        URI.create("http://127.0.0.1:" + site.port()),
                        Optional.of(site.enrolmentToken()),
                        name,
                        site.sandbox().root().resolve("crowd").resolve(name),
                        1,
                        List.<Path>of(),
                        WorkerConfig.Transport.GATEWAY,
                        "127.0.0.1",
                        WorkerConfig.DEFAULT_KILL_GRACE,
                        WorkerConfig.DEFAULT_JOURNAL_LIMIT,
                        WorkerConfig.Disk.DEFAULT);
        var worker = Worker.start(config, this::run);
        workers.add(worker);
        if (!worker.awaitConnected(Duration.ofSeconds(60))) {
            throw new AssertionError(name + " has no contact");
        }
        return worker;
    }

    private void run(Assignment assignment, RunContext context) throws InterruptedException {
        runs.merge(assignment.lease().task(), 1, Integer::sum);
        var stage = assignment.pipeline().stages().getFirst().name();
        context.report(new Fact.StageStarted(context.elapsedMillis(), 0, stage, null));
        goOn.await();
        context.report(new Fact.StageEnded(context.elapsedMillis(), 0, stage, true, 0, null));
        context.report(new Fact.Succeeded(context.elapsedMillis(), null));
    }

    /** Ends what they hold, and what they are given later as soon as it has begun. */
    void letGoOn() {
        goOn.countDown();
    }

    /** How often each task was run, on whatever machine. */
    Map<Long, Integer> runs() {
        return Map.copyOf(runs);
    }

    @Override
    public void close() {
        letGoOn();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            workers.forEach(worker -> threads.submit(worker::close));
        }
    }
}
