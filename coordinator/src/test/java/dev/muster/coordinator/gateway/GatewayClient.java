package dev.muster.coordinator.gateway;

import dev.muster.protocol.gateway.Frame;
import dev.muster.protocol.gateway.Frames;
import dev.muster.protocol.gateway.Gateway;
import dev.muster.protocol.wire.Wire;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A worker's end of the gateway that sends whatever a test wants to. */
public final class GatewayClient implements WebSocket.Listener, AutoCloseable {

    private static final int SECONDS = 20;

    private final HttpClient http = HttpClient.newHttpClient();
    private final BlockingQueue<Frame> frames = new LinkedBlockingQueue<>();
    private final CompletableFuture<Integer> closed = new CompletableFuture<>();
    private final ByteArrayOutputStream piece = new ByteArrayOutputStream();
    private WebSocket socket;
    private long requests;

    private GatewayClient() {}

    /** Connected, and greeted by the coordinator. */
    public static GatewayClient open(int port, String token) {
        var client = new GatewayClient();
        client.connect(port, token);
        if (!(client.next() instanceof Frame.Opened)) {
            throw new AssertionError("something else came first");
        }
        return client;
    }

    /** The status with which the upgrade is refused. */
    public static int refusal(int port, String token) {
        try (var client = new GatewayClient()) {
            client.connect(port, token);
            throw new AssertionError("it was let in");
        } catch (CompletionException e) {
            if (e.getCause() instanceof WebSocketHandshakeException refused) {
                return refused.getResponse().statusCode();
            }
            throw e;
        }
    }

    private void connect(int port, String token) {
        socket =
                http.newWebSocketBuilder()
                        .subprotocols(Gateway.PROTOCOL)
                        .header("Authorization", "Bearer " + token)
                        .buildAsync(URI.create("ws://127.0.0.1:" + port + Gateway.PATH), this)
                        .orTimeout(SECONDS, TimeUnit.SECONDS)
                        .join();
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
        var bytes = new byte[data.remaining()];
        data.get(bytes);
        piece.writeBytes(bytes);
        if (last) {
            frames.add(Frames.decode(piece.toByteArray()));
            piece.reset();
        }
        from.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int status, String reason) {
        closed.complete(status);
        return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
        closed.completeExceptionally(error);
    }

    /** The close frame's status, when it comes. */
    public int closeStatus() {
        return closed.orTimeout(SECONDS, TimeUnit.SECONDS).join();
    }

    boolean isOpen() {
        return !closed.isDone();
    }

    /** The next frame. */
    public Frame next() {
        try {
            var frame = frames.poll(SECONDS, TimeUnit.SECONDS);
            if (frame == null) {
                throw new AssertionError("no frame came; closed: " + closed);
            }
            return frame;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    public void send(Frame frame) {
        sendBytes(Frames.encode(frame));
    }

    /** In pieces as large as may be. */
    public void sendBytes(byte[] bytes) {
        for (int from = 0; from < bytes.length; from += Gateway.LARGEST_PIECE) {
            var length = Math.min(Gateway.LARGEST_PIECE, bytes.length - from);
            sendPiece(ByteBuffer.wrap(bytes, from, length), from + length == bytes.length);
        }
    }

    public void sendPiece(ByteBuffer bytes, boolean last) {
        socket.sendBinary(bytes, last).orTimeout(SECONDS, TimeUnit.SECONDS).join();
    }

    public void sendText(String text) {
        socket.sendText(text, true).orTimeout(SECONDS, TimeUnit.SECONDS).join();
    }

    /** Sends a request, and answers its number. */
    public long ask(String address, Object message) {
        send(new Frame.Request(++requests, address, 10_000, Wire.encode(message)));
        return requests;
    }

    /** Asks and expects an answer as the next frame. */
    public <T> T answer(String address, Object message, Class<T> type) {
        ask(address, message);
        var frame = next();
        if (frame instanceof Frame.Answer(var id, var body) && id == requests) {
            return Wire.decode(body, type);
        }
        throw new AssertionError("no answer but " + frame);
    }

    /** Asks and expects a failure as the next frame. */
    public int failure(String address, Object message) {
        ask(address, message);
        var frame = next();
        if (frame instanceof Frame.Failure(var id, var code, var _) && id == requests) {
            return code;
        }
        throw new AssertionError("no failure but " + frame);
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
