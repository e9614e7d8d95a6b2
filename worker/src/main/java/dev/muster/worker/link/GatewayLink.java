package dev.muster.worker.link;

import dev.muster.protocol.gateway.Frame;
import dev.muster.protocol.gateway.Frames;
import dev.muster.protocol.gateway.Gateway;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.wire.WireException;
import dev.muster.worker.identity.Credentials;
import dev.muster.worker.link.LinkFailure.Kind;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * One WebSocket to a coordinator's gateway. The coordinator's pings are answered below us; whether
 * the coordinator lives shows in the answers to heartbeats.
 */
final class GatewayLink implements Link {

    private static final Logger log = LoggerFactory.getLogger(GatewayLink.class);

    private static final int SEND_SECONDS = 10;
    private static final int CLOSE_SECONDS = 1;

    private final HttpClient http;
    private final Credentials credentials;
    private final Inbox inbox;
    private final CompletableFuture<Frame.Opened> greeted = new CompletableFuture<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final UnderWay underWay = new UnderWay();

    // a frame is written whole before the next one; guards the token the coordinator has
    private final ReentrantLock writing = new ReentrantLock();
    private String shown;
    private volatile @Nullable WebSocket socket;

    /**
     * Of no use until {@link #opened}.
     *
     * @param http this link's own; it closes it
     * @param token the one the WebSocket is asked for with
     */
    GatewayLink(HttpClient http, Credentials credentials, String token, Consumer<ToWorker> orders) {
        this.http = http;
        this.credentials = credentials;
        this.shown = token;
        this.inbox = new Inbox(frame -> received(frame, orders), this::lose);
    }

    WebSocket.Listener listener() {
        return inbox;
    }

    /** Done when the coordinator takes requests, or the link was lost before. */
    CompletableFuture<Frame.Opened> opened(WebSocket opened) {
        socket = opened;
        return greeted;
    }

    /** On a thread of the client's: only hands over. */
    private void received(Frame frame, Consumer<ToWorker> orders) {
        switch (frame) {
            case Frame.Opened opened -> greeted.complete(opened);
            case Frame.Answer(var id, var body) -> underWay.answered(id, body);
            case Frame.Failure(var id, var code, var sentence) ->
                    underWay.failed(id, failure(code, sentence));
            case Frame.Order(var body) -> Incoming.order(body, orders);
            case Frame.Request _, Frame.Auth _ -> {
                log.warn("the gateway sent what only workers send");
                lose();
            }
        }
    }

    private static LinkFailure failure(int code, String sentence) {
        return code == Frame.Failure.UNANSWERED
                ? new LinkFailure(Kind.UNANSWERED, sentence)
                : Incoming.refusal(code, sentence, null);
    }

    @Override
    public byte[] request(String address, byte[] message, Duration timeout)
            throws LinkFailure, InterruptedException {
        var millis = Math.max(1, timeout.toMillis());
        var pending = underWay.begin();
        try {
            send(new Frame.Request(pending.number(), address, millis, message));
            return pending.answer().get(millis, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof LinkFailure failure
                    ? failure
                    : new LinkFailure(Kind.UNANSWERED, "nobody answered", e.getCause());
        } catch (TimeoutException e) {
            throw new LinkFailure(Kind.UNANSWERED, "nobody answered", e);
        } finally {
            underWay.end(pending);
        }
    }

    private void send(Frame.Request request) throws LinkFailure, InterruptedException {
        var open = socket;
        if (open == null) {
            throw Incoming.lost();
        }
        byte[] bytes;
        try {
            bytes = Frames.encode(request);
        } catch (WireException e) {
            throw new LinkFailure(Kind.INVALID, String.valueOf(e.getMessage()), e);
        }
        writing.lockInterruptibly();
        try {
            var token = credentials.token();
            if (!token.equals(shown)) {
                write(open, Frames.encode(new Frame.Auth(token)));
                shown = token;
            }
            write(open, bytes);
        } catch (CompletionException | IllegalStateException e) {
            lose(); // half a frame may be out: nothing can follow it
            throw new LinkFailure(Kind.UNANSWERED, "the link broke while writing", e);
        } finally {
            writing.unlock();
        }
    }

    /** An interrupt does not stop it, so that an attempt that is stopped costs no link. */
    private static void write(WebSocket open, byte[] frame) {
        for (int from = 0; from < frame.length; from += Gateway.LARGEST_PIECE) {
            var length = Math.min(Gateway.LARGEST_PIECE, frame.length - from);
            var last = from + length == frame.length;
            open.sendBinary(ByteBuffer.wrap(frame, from, length), last)
                    .orTimeout(SEND_SECONDS, TimeUnit.SECONDS)
                    .join();
        }
    }

    @Override
    public void awaitLost() throws InterruptedException {
        underWay.awaitLost();
    }

    /** Also on the client's threads: only marks and lets go; whoever keeps the link closes it. */
    @Override
    public void lose() {
        underWay.lose();
        greeted.completeExceptionally(Incoming.lost());
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        var open = socket;
        var alive = !underWay.isLost();
        lose();
        if (open != null && alive) {
            takeLeave(open);
        }
        if (open != null) {
            open.abort();
        }
        http.shutdownNow();
    }

    private static void takeLeave(WebSocket open) {
        try {
            open.sendClose(WebSocket.NORMAL_CLOSURE, "")
                    .orTimeout(CLOSE_SECONDS, TimeUnit.SECONDS)
                    .join();
        } catch (CompletionException e) {
            log.debug("no leave was taken of the gateway", e);
        }
    }
}
