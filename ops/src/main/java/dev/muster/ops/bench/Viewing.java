package dev.muster.ops.bench;

import dev.muster.protocol.terminal.TerminalFrame;
import dev.muster.protocol.terminal.TerminalFrames;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.json.JsonObject;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Somebody who watches a terminal of a task, and reads it or does not. */
final class Viewing implements AutoCloseable {

    private static final long WINDOW = 1024 * 1024;

    private final WebSocket socket;
    private final CompletableFuture<Long> painted = new CompletableFuture<>();
    private final AtomicLong seen = new AtomicLong();
    private volatile Runnable news = () -> {};

    private Viewing(WebSocket socket) {
        this.socket = socket;
    }

    /** As the page in a browser does it, with what comes being told as seen at once. */
    static Viewing of(WebSocketClient client, Rig rig, long task) {
        var socket = SocketEnd.connect(client, rig.port(), "/ws/pty/" + task);
        var viewing = new Viewing(socket);
        socket.binaryMessageHandler(viewing::take);
        socket.closeHandler(
                _ -> {
                    Short status = socket.closeStatusCode();
                    viewing.painted.completeExceptionally(
                            new IllegalStateException(
                                    "closed with " + status + " " + socket.closeReason()));
                });
        socket.writeTextMessage(
                new JsonObject()
                        .put("type", "auth")
                        .put("token", rig.token())
                        .put("channelToken", rig.channelToken(task, "watch"))
                        .put("window", WINDOW)
                        .encode());
        return viewing;
    }

    private void take(Buffer frame) {
        if (TerminalFrames.isOutput(frame.getByte(0))) {
            long end = frame.getLong(1) + frame.length() - TerminalFrames.OUTPUT_HEAD;
            seen.set(end);
            socket.writeFinalBinaryFrame(
                    Buffer.buffer(TerminalFrames.encode(new TerminalFrame.Seen(end))));
        } else if (TerminalFrames.decode(frame.getBytes())
                instanceof TerminalFrame.ReplayEnd(var at)) {
            painted.complete(at);
        }
        news.run();
    }

    /** Returns when all that was there when he came is on his screen. */
    void awaitPaint() {
        painted.orTimeout(60, TimeUnit.SECONDS).join();
    }

    /** Completes when he has seen that far. */
    CompletableFuture<Void> reaches(long offset) {
        var there = new CompletableFuture<Void>();
        news =
                () -> {
                    if (seen.get() >= offset) {
                        there.complete(null);
                    }
                };
        news.run();
        return there;
    }

    /** Reads nothing any more. */
    void stop() {
        socket.pause();
    }

    @Override
    public void close() {
        socket.close();
    }
}
