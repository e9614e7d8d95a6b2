package dev.muster.coordinator;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.terminal.TerminalFrame;
import dev.muster.protocol.terminal.TerminalFrames;

import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * One end of a terminal's socket, a viewer's or a worker's, over a real WebSocket. Keeps what came,
 * and fails at a byte that is missing or came twice.
 */
final class TerminalClient implements WebSocket.Listener, AutoCloseable {

    private static final HttpClient HTTP = http().build();

    private static HttpClient.Builder http() {
        return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1);
    }

    /** Comes from another address of this machine. */
    private static final HttpClient ELSEWHERE =
            http().localAddress(InetAddress.ofLiteral("127.0.0.9")).build();

    private static final Duration MOST = Duration.ofSeconds(30);

    private final WebSocket socket;
    private final ByteArrayOutputStream message = new ByteArrayOutputStream();
    // guarded by this
    private final List<TerminalFrame> frames = new ArrayList<>();
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private long begin = -1;
    private long next = -1;
    private int closeCode;
    private String closeReason = "";
    private @Nullable AssertionError fault;

    private TerminalClient(int port, String path, @Nullable String origin) {
        this(HTTP, port, path, origin);
    }

    private TerminalClient(HttpClient http, int port, String path, @Nullable String origin) {
        var builder = http.newWebSocketBuilder().connectTimeout(Duration.ofSeconds(20));
        if (origin != null) {
            builder.header("Origin", origin);
        }
        socket = builder.buildAsync(URI.create("ws://127.0.0.1:" + port + path), this).join();
    }

    /** A viewer's socket from the coordinator's own page, where nobody has said yet who comes. */
    static TerminalClient viewer(int port, long task) {
        return new TerminalClient(port, "/ws/pty/" + task, "http://127.0.0.1:" + port);
    }

    /** The same from another address. */
    static TerminalClient viewerElsewhere(int port, long task) {
        return new TerminalClient(ELSEWHERE, port, "/ws/pty/" + task, "http://127.0.0.1:" + port);
    }

    static TerminalClient workerElsewhere(int port, long task) {
        return new TerminalClient(ELSEWHERE, port, "/api/workers/pty/" + task, null);
    }

    static TerminalClient worker(int port, long task) {
        return new TerminalClient(port, "/api/workers/pty/" + task, null);
    }

    /** The status by which an upgrade from there is refused. */
    static int refusal(int port, long task, @Nullable String origin) {
        try {
            new TerminalClient(port, "/ws/pty/" + task, origin).close();
            return 101;
        } catch (CompletionException e) {
            if (e.getCause() instanceof WebSocketHandshakeException refused) {
                return refused.getResponse().statusCode();
            }
            throw e;
        }
    }

    TerminalClient text(JsonObject text) {
        return text(text.encode());
    }

    TerminalClient text(String text) {
        await(socket.sendText(text, true));
        return this;
    }

    TerminalClient send(TerminalFrame frame) {
        return bytes(TerminalFrames.encode(frame));
    }

    TerminalClient bytes(byte[] bytes) {
        await(socket.sendBinary(ByteBuffer.wrap(bytes), true));
        return this;
    }

    TerminalClient type(String keys) {
        return send(new TerminalFrame.Input(keys.getBytes(UTF_8)));
    }

    private static void await(CompletionStage<?> sent) {
        sent.toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
        var piece = new byte[data.remaining()];
        data.get(piece);
        message.writeBytes(piece);
        if (last) {
            take(TerminalFrames.decode(message.toByteArray()));
            message.reset();
        }
        from.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
        closed(code, reason);
        return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
        closed(1006, error.toString());
    }

    private synchronized void closed(int code, String reason) {
        closeCode = code;
        closeReason = reason;
        notifyAll();
    }

    private synchronized void take(TerminalFrame frame) {
        switch (frame) {
            case TerminalFrame.Output(var offset, var bytes) -> {
                if (next < 0) {
                    begin = offset;
                    next = offset;
                }
                if (offset != next && fault == null) {
                    fault = new AssertionError("output at " + offset + " instead of " + next);
                }
                output.writeBytes(bytes);
                next = offset + bytes.length;
            }
            case TerminalFrame.Skipped(var from, var to) -> {
                frames.add(frame);
                if (next >= 0 && from != next && fault == null) {
                    fault = new AssertionError("skipped from " + from + " instead of " + next);
                }
                output.reset();
                begin = to;
                next = to;
            }
            default -> frames.add(frame);
        }
        notifyAll();
    }

    /** Waits for a frame of a kind, the first that came and was not asked for yet. */
    <T extends TerminalFrame> T await(Class<T> kind) throws InterruptedException {
        return await(kind, _ -> true);
    }

    /** The same for one of which something holds. */
    <T extends TerminalFrame> T await(Class<T> kind, Predicate<T> holds)
            throws InterruptedException {
        return until(kind.getSimpleName(), false, () -> take(kind, holds));
    }

    private <T extends TerminalFrame> @Nullable T take(Class<T> kind, Predicate<T> holds) {
        for (int i = 0; i < frames.size(); i++) {
            if (kind.isInstance(frames.get(i)) && holds.test(kind.cast(frames.get(i)))) {
                return kind.cast(frames.remove(i));
            }
        }
        return null;
    }

    /** Waits until all before {@code offset} is there. */
    TerminalClient awaitOutput(long offset) throws InterruptedException {
        var _ = until("output up to " + offset, false, () -> next >= offset ? next : null);
        output();
        return this;
    }

    /** Whether a viewer was let in, once that is known. */
    boolean isLetIn() throws InterruptedException {
        return until(
                "an answer",
                true,
                () -> {
                    if (closeCode != 0) {
                        return false;
                    }
                    return take(TerminalFrame.Hello.class, _ -> true) == null ? null : true;
                });
    }

    int awaitClosed() throws InterruptedException {
        return until("its end", true, () -> closeCode == 0 ? null : closeCode);
    }

    private synchronized <T> T until(String what, boolean closed, Supplier<@Nullable T> found)
            throws InterruptedException {
        long end = System.nanoTime() + MOST.toNanos();
        var value = found.get();
        while (value == null) {
            if (System.nanoTime() > end || (closeCode != 0 && !closed)) {
                throw new AssertionError(
                        "%s did not come; %s next=%d closed=%d %s"
                                .formatted(what, frames, next, closeCode, closeReason));
            }
            wait(1000);
            value = found.get();
        }
        return value;
    }

    synchronized String closeReason() {
        return closeReason;
    }

    synchronized byte[] output() {
        if (fault != null) {
            throw fault;
        }
        return output.toByteArray();
    }

    synchronized long begin() {
        return begin;
    }

    synchronized long next() {
        return next;
    }

    /** How many frames of a kind came and were not asked for. */
    synchronized long count(Class<? extends TerminalFrame> kind) {
        return frames.stream().filter(kind::isInstance).count();
    }

    @Override
    public void close() {
        socket.abort();
    }
}
