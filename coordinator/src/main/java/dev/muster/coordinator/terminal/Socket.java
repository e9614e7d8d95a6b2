package dev.muster.coordinator.terminal;

import dev.muster.protocol.terminal.TerminalClose;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A WebSocket that anybody may write to, also when it was closed a moment ago: the library throws
 * then, and whoever closed it is told by its close handler. A connection that broke silently is
 * closed when it gives no sign of life. Thread-safe.
 */
final class Socket {

    private static final int MISSABLE = 2;

    private final ServerWebSocket socket;
    private final AtomicInteger missed = new AtomicInteger();

    Socket(ServerWebSocket socket) {
        this.socket = socket;
        socket.pongHandler(_ -> missed.set(0));
    }

    private interface Use {
        boolean of(ServerWebSocket socket);
    }

    private boolean use(Use use) {
        try {
            return !socket.isClosed() && use.of(socket);
        } catch (IllegalStateException e) {
            if (socket.isClosed()) {
                return false;
            }
            throw e;
        }
    }

    /** Whether more can be written without piling up. */
    boolean takes() {
        return use(one -> !one.writeQueueFull());
    }

    void write(Buffer frame) {
        // a failed write closes the socket, and that is heard
        var _ = use(one -> one.writeFinalBinaryFrame(frame) != null);
    }

    void close(TerminalClose why, String reason) {
        var _ = use(one -> one.close((short) why.code(), reason) != null);
    }

    void close(TerminalClose why) {
        close(why, why.sentence());
    }

    boolean isClosed() {
        return socket.isClosed();
    }

    /** Asks for a sign of life, or closes it when there was none for too long. */
    void beat() {
        if (missed.getAndIncrement() >= MISSABLE) {
            var _ = use(one -> one.close() != null);
        } else {
            var _ = use(one -> one.writePing(Buffer.buffer()) != null);
        }
    }
}
