package dev.muster.ops.bench;

import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.Fact;
import dev.muster.worker.StartFailure;
import dev.muster.worker.Worker;
import dev.muster.worker.WorkerConfig;
import dev.muster.worker.run.RunContext;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A worker in a process of its own. With {@code nothing} it runs no process: it says that a task
 * came, by the monotonic clock all processes of a machine share, and reports success. Ends with its
 * standard input.
 */
public final class BenchWorker {

    private BenchWorker() {}

    /**
     * Arguments: server, token, data directory, slots, {@code nothing} or {@code real}, local
     * repositories.
     */
    public static void main(String[] arguments)
            throws IOException, InterruptedException, StartFailure {
        var repositories =
                List.of(arguments).subList(5, arguments.length).stream().map(Path::of).toList();
        var config =
                new WorkerConfig(
                        URI.create(arguments[0]),
                        Optional.of(arguments[1]),
                        "benchmark-" + Path.of(arguments[2]).getFileName(),
                        Path.of(arguments[2]),
                        Integer.parseInt(arguments[3]),
                        repositories,
                        WorkerConfig.Transport.CLUSTER,
                        "127.0.0.1",
                        WorkerConfig.DEFAULT_KILL_GRACE,
                        WorkerConfig.DEFAULT_JOURNAL_LIMIT,
                        WorkerConfig.Disk.DEFAULT);
        var worker =
                arguments[4].equals("nothing")
                        ? Worker.start(config, BenchWorker::nothing)
                        : Worker.start(config);
        try (worker) {
            worker.awaitConnected(Duration.ofSeconds(60));
            say("ready");
            while (System.in.read() >= 0) {
                // the parent says nothing; the end of its pipe is what is waited for
            }
        }
    }

    private static void nothing(Assignment assignment, RunContext context) {
        say("came " + assignment.lease().task() + " " + System.nanoTime());
        var stage = assignment.pipeline().stages().getFirst().name();
        context.report(new Fact.StageStarted(context.elapsedMillis(), 0, stage, null));
        context.report(new Fact.StageEnded(context.elapsedMillis(), 0, stage, true, 0, null));
        context.report(new Fact.Succeeded(context.elapsedMillis(), null));
    }

    private static void say(String line) {
        System.out.println(line);
    }
}
