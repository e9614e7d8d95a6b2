package dev.muster.worker.link;

import dev.muster.protocol.gateway.Assembly;
import dev.muster.protocol.gateway.Frame;
import dev.muster.protocol.gateway.Frames;
import dev.muster.protocol.wire.WireException;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** Puts the gateway's frames together; what is none ends the link. The client calls it in turn. */
final class Inbox implements WebSocket.Listener {

    private static final Logger log = LoggerFactory.getLogger(Inbox.class);

    private final Consumer<Frame> frames;
    private final Runnable end;
    private final Assembly assembly = new Assembly();

    Inbox(Consumer<Frame> frames, Runnable end) {
        this.frames = frames;
        this.end = end;
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer piece, boolean last) {
        if (assembly.exceedsWith(piece.remaining())) {
            log.warn("the gateway sent a frame that is too large");
            end.run();
            return null;
        }
        var bytes = new byte[piece.remaining()];
        piece.get(bytes);
        var whole = assembly.add(bytes, last);
        if (whole != null) {
            read(whole);
        }
        socket.request(1);
        return null;
    }

    private void read(byte[] frame) {
        try {
            frames.accept(Frames.decode(frame));
        } catch (WireException e) {
            log.warn("the gateway sent what is no frame why={}", e.getMessage());
            end.run();
        }
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
        log.warn("the gateway sent text");
        end.run();
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
        log.info("the gateway closed the connection status={} why={}", status, reason);
        end.run();
        return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
        log.info("the connection to the gateway broke why={}", error.toString());
        end.run();
    }
}
