package dev.muster.ops.harness;

import dev.muster.protocol.terminal.TerminalFrame;
import dev.muster.protocol.terminal.TerminalFrames;
import dev.muster.protocol.terminal.TerminalSockets;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Somebody at a task's terminal, by the protocol. He may lose his connection and come back,
 * anywhere; each byte that he gets must be the one behind the last.
 */
public final class Viewer implements AutoCloseable {

    private final HttpClient http = HttpClient.newHttpClient();
    private final long task;
    private final String terminal;
    // guarded by this
    private final ByteArrayOutputStream seen = new ByteArrayOutputStream();
    private long fence;
    private @Nullable String fault;

    private @Nullable WebSocket socket;
    private CountDownLatch closed = new CountDownLatch(1);

    /** At the terminal of the task's stages. */
    public Viewer(long task) {
        this(task, TerminalSockets.MAIN);
    }

    public Viewer(long task, String terminal) {
        this.task = task;
        this.terminal = terminal;
    }

    /** Sits down, and goes on from where he was. */
    public void connect(URI server, Api api) throws Exception {
        var token =
                Api.expect(
                        201,
                        api.post(
                                "/api/web/tasks/" + task + "/pty-token",
                                Map.of("terminalId", terminal)));
        var here = new CountDownLatch(1);
        closed = here;
        var address = URI.create("ws://" + server.getAuthority() + "/ws/pty/" + task);
        var opened =
                http.newWebSocketBuilder()
                        .connectTimeout(Duration.ofSeconds(10))
                        .header("Origin", server.toString())
                        .buildAsync(address, new Frames(here))
                        .get(20, TimeUnit.SECONDS);
        socket = opened;
        opened.sendText(auth(api.token(), token.get("channelToken").textValue()), true)
                .get(20, TimeUnit.SECONDS);
    }

    private synchronized String auth(String token, String channelToken) {
        var place = fence == 0 ? "" : ",\"fence\":%d,\"from\":%d".formatted(fence, seen.size());
        return "{\"type\":\"auth\",\"behind\":\"wait\",\"token\":\"%s\",\"channelToken\":\"%s\"%s}"
                .formatted(token, channelToken, place);
    }

    /** Types, having seen all that came. */
    public void type(String keys) throws Exception {
        send(new TerminalFrame.Seen(text().getBytes(StandardCharsets.UTF_8).length));
        send(new TerminalFrame.Input(keys.getBytes(StandardCharsets.UTF_8)));
    }

    private void send(TerminalFrame frame) throws Exception {
        var bytes = ByteBuffer.wrap(TerminalFrames.encode(frame));
        socket.sendBinary(bytes, true).get(20, TimeUnit.SECONDS);
    }

    /** Waits until the connection has ended, whoever ended it. */
    public void awaitClosed(Duration atMost) throws InterruptedException {
        if (!closed.await(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("the viewer of task " + task + " is still connected");
        }
    }

    /** All that he has seen. */
    public synchronized String text() {
        if (fault != null) {
            throw new AssertionError(fault);
        }
        return seen.toString(StandardCharsets.UTF_8);
    }

    private synchronized void take(TerminalFrame frame) {
        switch (frame) {
            case TerminalFrame.Hello(var json) ->
                    fence = Long.parseLong(json.replaceAll(".*\"fence\":(\\d+).*", "$1"));
            case TerminalFrame.Output(var offset, var bytes) -> {
                if (offset != seen.size()) {
                    fault = "output at " + offset + " instead of " + seen.size();
                }
                seen.writeBytes(bytes);
            }
            default -> {
                // who else is there and the like
            }
        }
    }

    /** Puts frames together. */
    private final class Frames implements WebSocket.Listener {
        private final ByteArrayOutputStream begun = new ByteArrayOutputStream();
        private final CountDownLatch end;

        Frames(CountDownLatch end) {
            this.end = end;
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(
                WebSocket from, ByteBuffer piece, boolean last) {
            var bytes = new byte[piece.remaining()];
            piece.get(bytes);
            begun.writeBytes(bytes);
            if (last) {
                take(TerminalFrames.decode(begun.toByteArray()));
                begun.reset();
            }
            from.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            end.countDown();
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            end.countDown();
        }
    }

    @Override
    public void close() {
        if (socket != null) {
            socket.abort();
        }
        http.shutdownNow();
        http.close();
    }
}
