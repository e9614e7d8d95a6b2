package dev.muster.ops.bench;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.ServerWebSocket;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * What people build in an afternoon: a WebSocket whose bytes go into a terminal and come out of it.
 * No rights, no history, nobody else; the second floor. Its path is the command, in hexadecimal.
 */
final class TerminalBridge implements AutoCloseable {

    private static final int MOST_QUEUED = 256 * 1024;

    private final Vertx vertx = Vertx.vertx();
    private final HttpServer server;

    TerminalBridge() {
        server =
                vertx.createHttpServer()
                        .webSocketHandler(TerminalBridge::open)
                        .listen(0, "127.0.0.1")
                        .timeout(30, TimeUnit.SECONDS)
                        .await();
    }

    private static void open(ServerWebSocket socket) {
        var command =
                new String(
                        HexFormat.of().parseHex(socket.path().substring(1)),
                        StandardCharsets.UTF_8);
        try {
            var terminal = new BarePty(command);
            var drained = new Semaphore(0);
            socket.setWriteQueueMaxSize(MOST_QUEUED);
            socket.drainHandler(_ -> drained.release());
            terminal.listen(output -> send(socket, drained, output));
            socket.binaryMessageHandler(keys -> terminal.type(keys.getBytes()));
            socket.closeHandler(
                    _ -> {
                        terminal.close();
                        drained.release();
                    });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** On the terminal's own thread, which waits for a slow reader. */
    private static void send(ServerWebSocket socket, Semaphore drained, Buffer output) {
        if (socket.isClosed()) {
            return;
        }
        socket.writeFinalBinaryFrame(output);
        if (socket.writeQueueFull()) {
            drained.drainPermits();
            if (socket.writeQueueFull()) {
                drained.acquireUninterruptibly();
            }
        }
    }

    int port() {
        return server.actualPort();
    }

    static String path(String command) {
        return "/" + HexFormat.of().formatHex(command.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        vertx.close().await();
    }
}
