package dev.muster.worker.relay;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.terminal.TerminalFrame;
import dev.muster.protocol.terminal.TerminalFrames;
import dev.muster.worker.journal.Journals;
import dev.muster.worker.process.ControlGroups;
import dev.muster.worker.process.Cookie;
import dev.muster.worker.process.Sweeper;
import dev.muster.worker.terminal.Limits;
import dev.muster.worker.terminal.ShellEnvironment;
import dev.muster.worker.terminal.ShellTerminal;
import dev.muster.worker.terminal.StageEnd;
import dev.muster.worker.terminal.StageScript;
import dev.muster.worker.terminal.StageValues;
import dev.muster.worker.terminal.TerminalOutput;
import dev.muster.worker.terminal.TerminalSpec;
import dev.muster.worker.terminal.Terminals;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What being at a terminal costs beside the terminal itself, run by hand: how long a key takes
 * until its echo is there, in a WebSocket's server and bare; and how fast {@code cat} is, bare,
 * into a journal, and with somebody watching. Arguments: how many keys (5000), MB to cat (100).
 */
final class RelayBenchmark {

    private static final LeaseRef LEASE = new LeaseRef(42, 1, 1);

    private final Path home;
    private final Sweeper sweeper =
            new Sweeper(
                    Duration.ofSeconds(1), Duration.ofMillis(100), ControlGroups.ofThisDaemon());
    private final Terminals terminals;
    private final Vertx vertx = Vertx.vertx();

    private RelayBenchmark(Path home) throws IOException {
        this.home = home;
        this.terminals = Terminals.in(home.resolve("terminals"), sweeper, Optional.empty());
    }

    public static void main(String[] arguments) throws Exception {
        int keys = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5000;
        int megabytes = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 100;
        var home = Files.createTempDirectory("relay-benchmark");
        var benchmark = new RelayBenchmark(home);
        try {
            benchmark.bareEcho(keys);
            benchmark.relayedEcho(keys);
            benchmark.cat(megabytes);
        } finally {
            benchmark.close();
            Terminals.empty(home);
            Files.delete(home);
        }
    }

    private void close() throws Exception {
        sweeper.close();
        terminals.close();
        vertx.close().toCompletionStage().toCompletableFuture().get();
    }

    /** A key and its echo, with nothing between the terminal and whoever waits. */
    private void bareEcho(int keys) throws Exception {
        var echoed = new Semaphore(0);
        try (var terminal = open((_, _, length) -> echoed.release(length))) {
            run(terminal, "stty raw echo; exec sleep 600");
            awaitQuiet(echoed);
            var taken = new long[keys];
            for (int n = 0; n < keys; n++) {
                long begun = System.nanoTime();
                if (!terminal.keyboard().type(new byte[] {'x'})) {
                    throw new IllegalStateException("nothing runs");
                }
                echoed.acquire();
                taken[n] = System.nanoTime() - begun;
            }
            tell("bare echo", taken);
        }
    }

    /** The same from and to a WebSocket's server, which stands for a coordinator. */
    private void relayedEcho(int keys) throws Exception {
        var echoed = new Semaphore(0);
        var journals = Journals.in(home.resolve("journals"), 256L * 1024 * 1024);
        try (var journal = journals.create(LEASE, () -> {});
                var live = new LiveTerminal("main", journal, Controls.Size.USUAL, () -> {});
                var terminal =
                        live.controls()
                                .over(terminals::open)
                                .open(spec(), (b, f, l) -> journal.append(0, b, f, l));
                var line = new Line(live, frame -> count(frame, echoed))) {
            run(terminal, "stty raw echo; exec sleep 600");
            awaitQuiet(echoed);
            var taken = new long[keys];
            for (int n = 0; n < keys; n++) {
                long begun = System.nanoTime();
                line.send(new TerminalFrame.Keys(1, new byte[] {'x'}));
                echoed.acquire();
                taken[n] = System.nanoTime() - begun;
            }
            tell("echo over a WebSocket", taken);
            journal.delete();
        }
    }

    private static void count(TerminalFrame frame, Semaphore bytes) {
        if (frame instanceof TerminalFrame.Output(_, var printed)) {
            bytes.release(printed.length);
        }
    }

    private static void awaitQuiet(Semaphore printed) throws InterruptedException {
        do {
            printed.drainPermits();
            Thread.sleep(1000);
        } while (printed.availablePermits() > 0);
    }

    private void cat(int megabytes) throws Exception {
        var file = home.resolve("text");
        var line = "[INFO] Running some test or other of many, 12 tests, 0.42 seconds so far\n";
        Files.write(file, line.repeat(megabytes * 1_000_000 / line.length()).getBytes(US_ASCII));
        for (int round = 0; round < 3; round++) {
            try (var terminal = open((_, _, _) -> {})) {
                tell("cat, bare", megabytes, timed(terminal, file));
            }
            catIntoJournal(megabytes, file, false);
            catIntoJournal(megabytes, file, true);
        }
    }

    private void catIntoJournal(int megabytes, Path file, boolean watched) throws Exception {
        var journals = Journals.in(home.resolve("journals"), 256L * 1024 * 1024);
        var got = new AtomicLong();
        var exit = new CountDownLatch(1);
        try (var journal = journals.create(LEASE, () -> {});
                var live = new LiveTerminal("main", journal, Controls.Size.USUAL, () -> {});
                var terminal = open((b, f, l) -> journal.append(0, b, f, l));
                var _ =
                        watched
                                ? new Line(
                                        live,
                                        frame -> {
                                            switch (frame) {
                                                case TerminalFrame.Output(_, var printed) ->
                                                        got.addAndGet(printed.length);
                                                case TerminalFrame.Exit _ -> exit.countDown();
                                                default -> {}
                                            }
                                        })
                                : null) {
            long begun = System.nanoTime();
            timed(terminal, file);
            long printed = System.nanoTime() - begun;
            journal.finish();
            if (watched) {
                exit.await();
                tell("cat, watched: printed", megabytes, printed);
                tell("cat, watched: all sent", megabytes, System.nanoTime() - begun);
                System.out.printf("  lost: %d%n", journal.size() - got.get());
            } else {
                tell("cat, into a journal", megabytes, printed);
            }
            journal.delete();
        }
    }

    private static long timed(ShellTerminal terminal, Path file) throws Exception {
        long begun = System.nanoTime();
        var end = terminal.run(stage("cat " + file), Limits.of(Duration.ofMinutes(5)));
        if (!end.equals(new StageEnd.Exited(0))) {
            throw new IllegalStateException("cat ended " + end);
        }
        return System.nanoTime() - begun;
    }

    private static void run(ShellTerminal terminal, String command) {
        Thread.ofVirtual()
                .start(
                        () -> {
                            try {
                                terminal.run(stage(command), Limits.of(Duration.ofMinutes(5)));
                            } catch (IOException | InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                        });
    }

    private static StageScript stage(String command) {
        return new StageScript("bench", command, Map.of(), StageValues.NONE, true);
    }

    private ShellTerminal open(TerminalOutput output) throws IOException {
        return terminals.open(spec(), output);
    }

    private TerminalSpec spec() throws IOException {
        var cookie = Cookie.Family.of(home).next();
        var environment =
                new ShellEnvironment(42, 1, "bench", null, "words", Map.of())
                        .variables(System.getenv(), cookie);
        return new TerminalSpec(home, environment, cookie);
    }

    private static void tell(String what, long[] nanos) {
        var measured = Arrays.copyOfRange(nanos, nanos.length / 5, nanos.length);
        Arrays.sort(measured);
        System.out.printf(
                "%s: median %.3f ms, p90 %.3f, p99 %.3f, most %.3f%n",
                what,
                measured[measured.length / 2] / 1e6,
                measured[measured.length * 9 / 10] / 1e6,
                measured[measured.length * 99 / 100] / 1e6,
                measured[measured.length - 1] / 1e6);
    }

    private static void tell(String what, int megabytes, long nanos) {
        System.out.printf("%s: %.0f MB/s%n", what, megabytes / (nanos / 1e9));
    }

    /** A connection and its far end. */
    private final class Line implements AutoCloseable {

        private final Thread thread;
        private final ServerWebSocket socket;

        interface Listener {
            void frame(TerminalFrame frame);
        }

        Line(LiveTerminal live, Listener listener) throws Exception {
            var accepted = new CompletableFuture<ServerWebSocket>();
            var server =
                    vertx.createHttpServer()
                            .webSocketHandler(
                                    opened -> {
                                        opened.binaryMessageHandler(
                                                bytes ->
                                                        listener.frame(
                                                                TerminalFrames.decode(
                                                                        bytes.getBytes())));
                                        accepted.complete(opened);
                                    })
                            .listen(0, "127.0.0.1")
                            .toCompletionStage()
                            .toCompletableFuture()
                            .get();
            var dialer = new TerminalDialer(URI.create("http://127.0.0.1:" + server.actualPort()));
            var connection = new Connection(live);
            var dialled = dialer.dial(null, "/", connection.listener());
            thread =
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        try {
                                            connection.run(dialled, "{}");
                                        } catch (IOException | InterruptedException _) {
                                            // closed
                                        }
                                    });
            socket = accepted.get();
            send(new TerminalFrame.From(0));
        }

        void send(TerminalFrame frame) {
            socket.writeBinaryMessage(Buffer.buffer(TerminalFrames.encode(frame)));
        }

        @Override
        public void close() {
            thread.interrupt();
            socket.close();
        }
    }
}
