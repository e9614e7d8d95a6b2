package dev.muster.worker.relay;

import dev.muster.protocol.gateway.Assembly;
import dev.muster.protocol.terminal.TerminalFrame;
import dev.muster.protocol.terminal.TerminalFrames;
import dev.muster.protocol.terminal.TerminalSockets;
import dev.muster.protocol.wire.WireException;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * What a coordinator sends over one connection. The client calls it in turn, so nothing in it may
 * wait.
 */
final class Inlet implements WebSocket.Listener {

    private static final Logger log = LoggerFactory.getLogger(Inlet.class);

    // a kind and an epoch stand before the keys
    private static final int LARGEST_FRAME = TerminalSockets.LARGEST_INPUT + 1 + Long.BYTES;

    private final Controls controls;
    private final Runnable typed;
    private final Runnable news;
    private final Assembly assembly = new Assembly();
    private final CompletableFuture<Long> from = new CompletableFuture<>();
    private int size; // of the frame that is being put together

    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private volatile boolean broken;
    private volatile boolean heard;

    /**
     * @param typed called before a key is typed
     * @param news called when the connection has ended
     */
    Inlet(Controls controls, Runnable typed, Runnable news) {
        this.controls = controls;
        this.typed = typed;
        this.news = news;
    }

    /** From where on the coordinator wants output; never, if the connection ends before. */
    CompletableFuture<Long> from() {
        return from;
    }

    /** Done when nothing more comes. */
    CompletableFuture<Void> end() {
        return end;
    }

    /** Whether that is because something came that may not. */
    boolean isBroken() {
        return broken;
    }

    /** Whether anything came since this was asked last. */
    boolean wasHeard() {
        boolean was = heard;
        heard = false;
        return was;
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer piece, boolean last) {
        heard = true;
        size += piece.remaining();
        if (size > LARGEST_FRAME) {
            refuse("a frame that is too large");
            return null;
        }
        var bytes = new byte[piece.remaining()];
        piece.get(bytes);
        var whole = assembly.add(bytes, last);
        if (whole != null) {
            size = 0;
            obey(whole);
        }
        if (!end.isDone()) {
            socket.request(1);
        }
        return null;
    }

    private void obey(byte[] frame) {
        try {
            switch (TerminalFrames.decode(frame)) {
                case TerminalFrame.From(var offset) -> from.complete(offset);
                case TerminalFrame.Keys(var epoch, var bytes) -> {
                    typed.run();
                    controls.type(epoch, bytes);
                }
                case TerminalFrame.Resize(var epoch, var columns, var rows) ->
                        controls.resize(epoch, columns, rows);
                case TerminalFrame.Control(var epoch) -> controls.control(epoch);
                case TerminalFrame.ToViewer _,
                        TerminalFrame.FromViewer _,
                        TerminalFrame.FromWorker _ ->
                        refuse("what coordinators do not send");
            }
        } catch (WireException e) {
            refuse(String.valueOf(e.getMessage()));
        }
    }

    private void refuse(String what) {
        log.warn("a coordinator sent to a terminal what is refused: {}", what);
        broken = true;
        over();
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
        refuse("text");
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onPong(WebSocket socket, ByteBuffer message) {
        heard = true;
        socket.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onPing(WebSocket socket, ByteBuffer message) {
        heard = true;
        socket.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
        log.debug("a coordinator closed a terminal status={} why={}", status, reason);
        over();
        return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
        log.debug("the connection of a terminal broke why={}", error.toString());
        over();
    }

    private void over() {
        end.complete(null);
        from.cancel(false);
        news.run();
    }
}
