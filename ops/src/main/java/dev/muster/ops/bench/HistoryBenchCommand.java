package dev.muster.ops.bench;

import io.vertx.core.http.WebSocketClient;

import org.HdrHistogram.Histogram;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Prints what a long history and many viewers of one terminal cost. */
@Command(
        name = "history",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Has one task print much, then opens its terminal again and again and tells how long"
                    + " the first screen takes;",
            "then has many watch it print more, with one who does not read and without. The heap is"
                    + " what is left after a",
            "collection, of coordinator and viewers together. Takes some three minutes."
        },
        footer = {"", "Examples:", "  ops/bench history --megabytes 100 --viewers 10"})
public final class HistoryBenchCommand implements Callable<Integer> {

    private static final String PROJECT = "history";
    private static final int MORE = 50;
    private static final int OPENINGS = 50;
    private static final double MILLIS = 1e6;
    private static final long MEGABYTE = 1024 * 1024;

    /** Prints so many megabytes for each line it is typed. */
    private static final String PRINTS =
            "stty raw -echo; printf ready; while IFS= read -r -d . n; do"
                    + " base64 -w 99 /dev/zero | head -c $((n * 1048576)); done";

    @Option(names = "--megabytes", defaultValue = "1024", description = "The history's size.")
    private int megabytes;

    @Option(names = "--viewers", defaultValue = "50", description = "Viewers at once.")
    private int viewers;

    @Override
    public Integer call() throws IOException, InterruptedException {
        var directory = Files.createTempDirectory("muster-bench-");
        try (var sockets = BenchSockets.open();
                var rig = Rig.start(directory, 4);
                var _ =
                        WorkerProcess.start(
                                rig, directory.resolve("worker"), 1, "real", List.<Path>of())) {
            rig.keepWholeLogs();
            rig.projectOnce(PROJECT, PRINTS);
            long task = rig.task(PROJECT);
            rig.awaitRunning(task);
            measure(sockets.client(), rig, task);
            rig.cancel(task);
        } finally {
            BenchCommand.delete(directory);
        }
        return 0;
    }

    private void measure(WebSocketClient client, Rig rig, long task) throws InterruptedException {
        try (var typist = SocketEnd.task(client, rig, task)) {
            TerminalLoad.awaitReady(typist);
            long end = 5;
            try (var first = Viewing.of(client, rig, task)) {
                end += print(typist, megabytes);
                join(first.reaches(end));
            }
            say("heap with nobody there", heap());
            open(client, rig, task);
            say("heap after that", heap());
            end = watch(client, rig, task, typist, end, false);
            watch(client, rig, task, typist, end, true);
            say("heap with nobody there", heap());
        }
    }

    private static long print(TerminalEnd typist, int size) {
        typist.type((size + ".").getBytes(StandardCharsets.US_ASCII));
        return size * MEGABYTE;
    }

    /** From asking for the right to the last byte of the first screen. */
    private void open(WebSocketClient client, Rig rig, long task) {
        var nanos = new Histogram(TimeUnit.SECONDS.toNanos(60), 3);
        for (int n = 0; n < OPENINGS; n++) {
            long begun = System.nanoTime();
            try (var viewing = Viewing.of(client, rig, task)) {
                viewing.awaitPaint();
                nanos.recordValue(System.nanoTime() - begun);
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%-52s p50 %7.1f ms   max %7.1f ms%n",
                "first screen of %,d MiB".formatted(megabytes),
                nanos.getValueAtPercentile(50) / MILLIS,
                nanos.getMaxValue() / MILLIS);
    }

    /** Answers where the terminal's output ends then. */
    private long watch(
            WebSocketClient client,
            Rig rig,
            long task,
            TerminalEnd typist,
            long from,
            boolean oneDoesNotRead)
            throws InterruptedException {
        var all = new ArrayList<Viewing>();
        try {
            for (int n = 0; n < viewers; n++) {
                var viewing = Viewing.of(client, rig, task);
                viewing.awaitPaint();
                all.add(viewing);
            }
            if (oneDoesNotRead) {
                all.getFirst().stop();
            }
            var reading = all.subList(oneDoesNotRead ? 1 : 0, viewers);
            long end = from + MORE * MEGABYTE;
            var there = reading.stream().map(one -> one.reaches(end)).toList();
            long begun = System.nanoTime();
            print(typist, MORE);
            join(CompletableFuture.allOf(there.toArray(CompletableFuture[]::new)));
            double seconds = (System.nanoTime() - begun) / 1e9;
            System.out.printf(
                    Locale.ROOT,
                    "%-52s %7.1f MB/s to each%n",
                    "%d viewers%s, %d MiB"
                            .formatted(
                                    reading.size(),
                                    oneDoesNotRead ? " and one who does not read" : "",
                                    MORE),
                    MORE * MEGABYTE / seconds / 1e6);
            say("heap with them there", heap());
            return end;
        } finally {
            all.forEach(Viewing::close);
        }
    }

    private static void join(CompletableFuture<Void> future) {
        future.orTimeout(10, TimeUnit.MINUTES).join();
    }

    private static long heap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static void say(String what, long bytes) {
        System.out.printf(Locale.ROOT, "%-52s %7.1f MB%n", what, bytes / 1e6);
    }
}
