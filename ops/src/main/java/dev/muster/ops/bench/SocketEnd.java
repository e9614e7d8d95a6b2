package dev.muster.ops.bench;

import dev.muster.protocol.terminal.TerminalFrame;
import dev.muster.protocol.terminal.TerminalFrames;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** A terminal at the other end of a WebSocket, a bridge's or a coordinator's. */
final class SocketEnd implements TerminalEnd {

    private final WebSocket socket;
    private final UnaryOperator<byte[]> framed;
    private volatile Consumer<Buffer> listener = _ -> {};
    private @Nullable Buffer replayed; // while it is; only the socket's context touches it

    private SocketEnd(WebSocket socket, UnaryOperator<byte[]> framed) {
        this.socket = socket;
        this.framed = framed;
    }

    /** A bridge's, running {@code command}. */
    static SocketEnd bridge(WebSocketClient client, int port, String command) {
        var socket = connect(client, port, TerminalBridge.path(command));
        var end = new SocketEnd(socket, UnaryOperator.identity());
        socket.binaryMessageHandler(output -> end.listener.accept(output));
        return end;
    }

    /** A task's, as the page in a browser has it; returns when it is he who types. */
    static SocketEnd task(WebSocketClient client, Rig rig, long task) {
        var socket = connect(client, rig.port(), "/ws/pty/" + task);
        var end =
                new SocketEnd(socket, keys -> TerminalFrames.encode(new TerminalFrame.Input(keys)));
        var types = new CompletableFuture<Boolean>();
        socket.binaryMessageHandler(frame -> end.take(frame, types));
        socket.writeTextMessage(
                new JsonObject()
                        .put("type", "auth")
                        .put("token", rig.token())
                        .put("channelToken", rig.channelToken(task, "control"))
                        .put("behind", "wait")
                        .encode());
        types.orTimeout(30, TimeUnit.SECONDS).join();
        return end;
    }

    static WebSocket connect(WebSocketClient client, int port, String path) {
        return client.connect(
                        new WebSocketConnectOptions()
                                .setHost("127.0.0.1")
                                .setPort(port)
                                .setURI(path)
                                .addHeader("Origin", "http://127.0.0.1:" + port))
                .timeout(30, TimeUnit.SECONDS)
                .await();
    }

    private void take(Buffer frame, CompletableFuture<Boolean> types) {
        if (TerminalFrames.isOutput(frame.getByte(0))) {
            var output = frame.slice(TerminalFrames.OUTPUT_HEAD, frame.length());
            if (replayed == null) {
                listener.accept(output);
            } else {
                replayed.appendBuffer(output);
            }
            return;
        }
        switch (TerminalFrames.decode(frame.getBytes())) {
            case TerminalFrame.People(var json) -> {
                if (new JsonObject(json).getString("you").equals("control")) {
                    types.complete(true);
                }
            }
            case TerminalFrame.Replay _ -> replayed = Buffer.buffer();
            case TerminalFrame.ReplayEnd(var at) -> {
                write(new TerminalFrame.Seen(at));
                show();
            }
            default -> {
                // of no interest here
            }
        }
    }

    /** Shows what was replayed once that is over: until then nobody can type. */
    private void show() {
        var output = replayed;
        replayed = null;
        if (output != null) {
            listener.accept(output);
        }
    }

    private void write(TerminalFrame frame) {
        socket.writeFinalBinaryFrame(Buffer.buffer(TerminalFrames.encode(frame)));
    }

    @Override
    public void type(byte[] keys) {
        socket.writeFinalBinaryFrame(Buffer.buffer(framed.apply(keys)));
    }

    @Override
    public void listen(Consumer<Buffer> to) {
        listener = to;
    }

    @Override
    public void close() {
        socket.close();
    }
}
