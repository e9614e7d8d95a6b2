package dev.muster.ops.bench;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocketClient;

import org.HdrHistogram.Histogram;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Prints what terminals cost, beside a bare one and a plain bridge. */
@Command(
        name = "terminal",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures how long a key takes from a viewer's socket through coordinator, worker and"
                    + " terminal and back,",
            "with one and with many sessions, idle and while another task or the same one floods"
                    + " its terminal, and how fast",
            "100 MB arrive; beside a bare terminal and a plain bridge from a WebSocket to one. The"
                    + " coordinator, the bridge and",
            "the viewers share this process, so only the ratios mean something. Takes some two"
                    + " minutes."
        },
        footer = {"", "Examples:", "  ops/bench terminal --sessions 20 --keys 5000"})
public final class TerminalBenchCommand implements Callable<Integer> {

    private static final double MILLIS = 1e6;
    private static final double MEGABYTE = 1e6;
    private static final long THINKS = 100;

    @Option(names = "--sessions", defaultValue = "50", description = "Sessions at once.")
    private int sessions;

    @Option(names = "--keys", defaultValue = "2000", description = "Keys that are typed alone.")
    private int keys;

    /** Makes the ends of terminals that run a command. */
    private interface Opening {
        TerminalEnd open(String command) throws IOException, InterruptedException;
    }

    /** One of those that are compared. */
    private record Kind(String name, Opening opening) {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        var directory = Files.createTempDirectory("muster-bench-");
        try (var sockets = BenchSockets.open();
                var rig = Rig.start(directory, 4);
                var bridge = new TerminalBridge();
                var _ =
                        WorkerProcess.start(
                                rig,
                                directory.resolve("worker"),
                                2 * sessions + 4,
                                "real",
                                List.<Path>of())) {
            var kinds =
                    List.of(
                            new Kind("bare terminal", BarePty::new),
                            new Kind(
                                    "plain bridge",
                                    command ->
                                            SocketEnd.bridge(
                                                    sockets.client(), bridge.port(), command)),
                            new Kind("Muster", command -> task(sockets.client(), rig, command)));
            measure(new TerminalLoad(sockets.vertx()), kinds);
        } finally {
            BenchCommand.delete(directory);
        }
        return 0;
    }

    private static TerminalEnd task(WebSocketClient client, Rig rig, String command)
            throws InterruptedException {
        var project = "p" + Integer.toHexString(command.hashCode() & 0xfffffff);
        rig.projectOnce(project, command);
        long task = rig.task(project);
        rig.awaitRunning(task);
        var end = SocketEnd.task(client, rig, task);
        return new TerminalEnd() {
            @Override
            public void type(byte[] typed) {
                end.type(typed);
            }

            @Override
            public void listen(Consumer<Buffer> listener) {
                end.listen(listener);
            }

            @Override
            public void close() {
                end.close();
                rig.cancel(task);
            }
        };
    }

    private void measure(TerminalLoad load, List<Kind> kinds)
            throws IOException, InterruptedException {
        for (var kind : kinds) {
            try (var one = ready(kind, TerminalLoad.ECHO)) {
                load.echo(List.of(one), keys, 0); // until the compilers are done
                echo(kind, "1 session, idle", load.echo(List.of(one), keys, 1));
            }
        }
        for (var kind : kinds) {
            many(kind, load);
        }
        for (var kind : kinds) {
            try (var one = ready(kind, TerminalLoad.FLOODED)) {
                echo(kind, "1 session, a flood in it", load.echo(List.of(one), keys / 10, 5));
            }
        }
        for (var kind : kinds) {
            bulk(kind);
        }
    }

    private void many(Kind kind, TerminalLoad load) throws IOException, InterruptedException {
        var ends = new ArrayList<TerminalEnd>();
        try {
            for (int i = 0; i < sessions; i++) {
                ends.add(ready(kind, TerminalLoad.ECHO));
            }
            int each = Math.max(20, keys / sessions);
            load.echo(ends, each, THINKS);
            echo(kind, sessions + " sessions, idle", load.echo(ends, each, THINKS));
            try (var flood = kind.opening().open(TerminalLoad.FLOOD)) {
                flood.listen(_ -> {});
                echo(
                        kind,
                        "1 session, a flood beside it",
                        load.echo(ends.subList(0, 1), keys / 4, 5));
                echo(
                        kind,
                        sessions + " sessions, a flood beside them",
                        load.echo(ends, each, THINKS));
            }
        } finally {
            ends.forEach(TerminalEnd::close);
        }
    }

    private static void bulk(Kind kind) throws IOException, InterruptedException {
        var best =
                Stream.of(1, 2, 3)
                        .mapToDouble(
                                _ -> {
                                    try (var end = ready(kind, TerminalLoad.PRINT)) {
                                        return TerminalLoad.bulk(end);
                                    } catch (IOException e) {
                                        throw new UncheckedIOException(e);
                                    } catch (InterruptedException e) {
                                        Thread.currentThread().interrupt();
                                        throw new IllegalStateException(e);
                                    }
                                })
                        .sorted()
                        .skip(1)
                        .findFirst()
                        .orElseThrow();
        System.out.printf(
                Locale.ROOT,
                "%-14s 100 MB, median of 3                %8.1f MB/s%n",
                kind.name(),
                best / MEGABYTE);
    }

    private static TerminalEnd ready(Kind kind, String command)
            throws IOException, InterruptedException {
        var end = kind.opening().open(command);
        TerminalLoad.awaitReady(end);
        return end;
    }

    private static void echo(Kind kind, String what, Histogram nanos) {
        System.out.printf(
                Locale.ROOT,
                "%-14s %-38s p50 %7.3f ms   p99 %7.3f ms%n",
                kind.name(),
                what,
                nanos.getValueAtPercentile(50) / MILLIS,
                nanos.getValueAtPercentile(99) / MILLIS);
    }
}
