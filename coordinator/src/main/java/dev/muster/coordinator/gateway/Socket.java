package dev.muster.coordinator.gateway;

import dev.muster.protocol.gateway.Assembly;
import dev.muster.protocol.gateway.CloseCode;
import dev.muster.protocol.gateway.Frame;
import dev.muster.protocol.gateway.Frames;
import dev.muster.protocol.wire.WireException;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frames over one WebSocket: put together, counted, kept alive. Its reading stops while its holder
 * has enough to do, and while the other side does not read.
 *
 * <p>Confined to the socket's own context, where one event comes at a time.
 */
final class Socket {

    private static final Logger log = LoggerFactory.getLogger(Socket.class);

    /** Hears of it, on the same context. */
    interface Holder {
        /** A frame came, of this many bytes. */
        void received(Frame frame, int bytes);

        /** What is written piles up, or does so no longer. */
        void piles(boolean now);

        /** The connection ended. Called once. */
        void closed(CloseCode why);
    }

    private final ServerWebSocket socket;
    private final Holder holder;
    private final int missable;
    private final Assembly assembly = new Assembly();
    private boolean busy;
    private boolean piles;
    private boolean paused;
    private boolean closed;
    private int missed;

    Socket(ServerWebSocket socket, int missable, Holder holder) {
        this.socket = socket;
        this.missable = missable;
        this.holder = holder;
    }

    /** Begins to read. */
    void open() {
        socket.frameHandler(this::take);
        socket.pongHandler(_ -> missed = 0);
        socket.drainHandler(_ -> drained());
        // what breaks a connection closes it too, and that is heard below
        socket.exceptionHandler(e -> log.debug("a connection broke", e));
        socket.closeHandler(_ -> ended(reason()));
        if (socket.isClosed()) {
            ended(reason()); // before there was a handler
        }
    }

    private CloseCode reason() {
        var status = socket.closeStatusCode();
        return status == null
                ? CloseCode.SILENT
                : CloseCode.of(status).orElse(CloseCode.NOT_A_FRAME);
    }

    private void take(WebSocketFrame piece) {
        if (closed || !(piece.isBinary() || piece.isText() || piece.isContinuation())) {
            return; // pings, pongs and closings are answered below us
        }
        missed = 0;
        var data = piece.binaryData();
        if (piece.isText()) {
            close(CloseCode.NOT_A_FRAME);
        } else if (assembly.exceedsWith(data.length())) {
            close(CloseCode.TOO_LARGE);
        } else {
            var whole = assembly.add(data.getBytes(), piece.isFinal());
            if (whole != null) {
                read(whole);
            }
        }
    }

    private void read(byte[] whole) {
        Frame frame;
        try {
            frame = Frames.decode(whole);
        } catch (WireException e) {
            log.info("no frame why={}", e.getMessage());
            close(CloseCode.NOT_A_FRAME);
            return;
        }
        holder.received(frame, whole.length);
    }

    /** Writes a frame, unless the connection ended: then nobody misses it. */
    void send(Frame frame) {
        if (closed || socket.isClosed()) {
            return;
        }
        socket.writeBinaryMessage(Buffer.buffer(Frames.encode(frame)));
        if (!piles && isFull()) {
            piles = true;
            pace();
            holder.piles(true);
        }
    }

    private boolean isFull() {
        try {
            return socket.writeQueueFull();
        } catch (IllegalStateException _) {
            return false; // it closed a moment ago, on another thread
        }
    }

    private void drained() {
        if (piles) {
            piles = false;
            pace();
            holder.piles(false);
        }
    }

    /** Whether the holder has enough to do. */
    void busy(boolean enough) {
        busy = enough;
        pace();
    }

    private void pace() {
        var pause = busy || piles;
        if (pause == paused || closed) {
            return;
        }
        paused = pause;
        if (pause) {
            socket.pause();
        } else {
            missed = 0; // it could not be heard meanwhile
            socket.resume();
        }
    }

    /**
     * Time for a sign of life. While nothing is read nothing can be heard: requests that are being
     * answered excuse that, a worker that does not read what it is sent has no excuse.
     */
    void ping() {
        if (closed || (busy && !piles)) {
            return;
        }
        if (missed >= missable) {
            close(CloseCode.SILENT);
            return;
        }
        missed++;
        if (!piles) {
            socket.writePing(Buffer.buffer());
        }
    }

    /** Ends the connection; the other side is told why, if it still listens. */
    void close(CloseCode why) {
        if (closed) {
            return;
        }
        ended(why);
        socket.close((short) why.code(), why.sentence());
    }

    private void ended(CloseCode why) {
        if (closed) {
            return;
        }
        closed = true;
        if (paused) {
            socket.resume(); // to read the other side's own close frame
        }
        holder.closed(why);
    }
}
