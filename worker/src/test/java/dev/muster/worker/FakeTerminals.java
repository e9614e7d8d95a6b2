package dev.muster.worker;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.terminal.TerminalFrame;
import dev.muster.protocol.terminal.TerminalFrames;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** The coordinator's side of terminals, without viewers: what came by each channel token. */
final class FakeTerminals {

    private final Vertx vertx = Vertx.vertx();
    private final HttpServer server;
    private final Map<String, Line> lines = new HashMap<>();

    FakeTerminals() throws Exception {
        server =
                vertx.createHttpServer(
                                // a reader that is paused has little on its way to it
                                new HttpServerOptions().setReceiveBufferSize(64 * 1024))
                        .webSocketHandler(this::accept)
                        .listen(0, "127.0.0.1")
                        .toCompletionStage()
                        .toCompletableFuture()
                        .get(10, TimeUnit.SECONDS);
    }

    String url() {
        return "http://127.0.0.1:" + server.actualPort();
    }

    void accept(ServerWebSocket socket) {
        var line = new Line(socket);
        socket.textMessageHandler(
                text -> {
                    synchronized (this) {
                        line.auth = new JsonObject(text);
                        line.times = 1 + (has(line.token()) ? lines.get(line.token()).times : 0);
                        lines.put(line.token(), line);
                        notifyAll();
                    }
                });
        socket.binaryMessageHandler(
                frame -> {
                    synchronized (this) {
                        line.take(TerminalFrames.decode(frame.getBytes()));
                        notifyAll();
                    }
                });
        socket.closeHandler(
                _ -> {
                    synchronized (this) {
                        line.closed =
                                socket.closeStatusCode() == null ? 1006 : socket.closeStatusCode();
                        notifyAll();
                    }
                });
    }

    /** Whether somebody came with this token. */
    synchronized boolean has(String token) {
        return lines.containsKey(token);
    }

    synchronized Line line(String token) {
        return lines.get(token);
    }

    /** Whether {@code condition}, which every frame may change, held within {@code atMost}. */
    synchronized boolean holds(Duration atMost, BooleanSupplier condition)
            throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            wait(20);
        }
        return true;
    }

    synchronized void until(String what, BooleanSupplier condition) throws InterruptedException {
        if (!holds(Duration.ofSeconds(30), condition)) {
            throw new AssertionError("not within 30 s: " + what);
        }
    }

    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    /** One connection. */
    static final class Line {

        private final ServerWebSocket socket;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private JsonObject auth = new JsonObject();
        private @Nullable JsonObject hello;
        private TerminalFrame.@Nullable Size size;
        private long first = -1;
        private long next = -1;
        private int gaps;
        private long exit = -1;
        private int closed;
        private int times;

        private Line(ServerWebSocket socket) {
            this.socket = socket;
        }

        private void take(TerminalFrame frame) {
            switch (frame) {
                case TerminalFrame.Hello(var json) -> hello = new JsonObject(json);
                case TerminalFrame.Size told -> size = told;
                case TerminalFrame.Exit(var at) -> exit = at;
                case TerminalFrame.Output(var offset, var printed) -> {
                    first = first < 0 ? offset : first;
                    gaps += next >= 0 && next != offset ? 1 : 0;
                    next = offset + printed.length;
                    bytes.writeBytes(printed);
                }
                default -> throw new AssertionError("a worker sent " + frame);
            }
        }

        private String token() {
            return auth.getString("channelToken");
        }

        void send(TerminalFrame.ToWorker... frames) {
            for (var frame : frames) {
                socket.writeBinaryMessage(Buffer.buffer(TerminalFrames.encode(frame)));
            }
        }

        void sendText(String text) {
            socket.writeTextMessage(text);
        }

        void type(long epoch, String keys) {
            send(new TerminalFrame.Keys(epoch, keys.getBytes(UTF_8)));
        }

        /** Reads nothing, until resumed. */
        void pause() {
            socket.pause();
        }

        void resume() {
            socket.resume();
        }

        void close() {
            socket.close((short) 1000, "");
        }

        String path() {
            return socket.path();
        }

        JsonObject auth() {
            return auth;
        }

        @Nullable JsonObject hello() {
            return hello;
        }

        TerminalFrame.@Nullable Size size() {
            return size;
        }

        byte[] bytes() {
            return bytes.toByteArray();
        }

        String text() {
            return bytes.toString(UTF_8);
        }

        /** Offset of the first byte that came; -1 for none. */
        long first() {
            return first;
        }

        /** Offset behind the last one. */
        long next() {
            return next;
        }

        /** How often output did not begin where the last one ended. */
        int gaps() {
            return gaps;
        }

        /** Where the terminal's output ended; -1 if it has not. */
        long exit() {
            return exit;
        }

        /** The close frame's status; 0 while open. */
        int closed() {
            return closed;
        }

        /** How often somebody came with this token. */
        int times() {
            return times;
        }
    }
}
