package dev.muster.coordinator.proof;

import dev.muster.coordinator.http.Wire;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Sends requests as they are, one after the other, on one connection as long as that lasts. For one
 * thread.
 */
public final class HostileConnection implements AutoCloseable {

    private static final int MOST_MILLIS = 10_000;

    /** How long a server may think about a request that may not have ended. */
    private static final int DOUBTFUL_MILLIS = 100;

    /**
     * What came back.
     *
     * @param took from the last byte sent until the last one of the answer
     */
    public record Reply(int status, Map<String, String> headers, String body, Duration took) {

        /** What the body says as JSON, if it is an object. */
        public Optional<JsonObject> json() {
            try {
                return Optional.of(new JsonObject(body));
            } catch (DecodeException | ClassCastException _) {
                return Optional.empty();
            }
        }

        /** A header, or nothing at all. */
        public String header(String name) {
            return headers.getOrDefault(name, "");
        }
    }

    /** Nothing came back, and the connection is still open. */
    public static final class Silence extends IOException {
        private static final long serialVersionUID = 1;

        Silence(SocketTimeoutException cause) {
            super("no answer", cause);
        }
    }

    private final int port;
    private Socket socket = new Socket();
    private InputStream in = InputStream.nullInputStream();

    public HostileConnection(int port) {
        this.port = port;
    }

    /**
     * The answer, if there was one before the connection was closed.
     *
     * @throws Silence if there was neither
     */
    public Optional<Reply> exchange(Mutant mutant) throws Silence {
        try {
            connect();
            socket.setSoTimeout(mutant.isAnswered() ? MOST_MILLIS : DOUBTFUL_MILLIS);
            socket.getOutputStream().write(mutant.bytes());
            var reply = read(mutant.is(Mutant.Trait.HEAD), System.nanoTime());
            var lasts = mutant.isAnswered() && !mutant.is(Mutant.Trait.LAST);
            if (!lasts || reply.status() == 101 || !reply.header("Connection").isEmpty()) {
                close();
            }
            return Optional.of(reply);
        } catch (SocketTimeoutException e) {
            close();
            if (mutant.isAnswered()) {
                throw new Silence(e);
            }
            return Optional.empty();
        } catch (IOException _) {
            // closed by the server, before or after it was sent everything
            close();
            return Optional.empty();
        }
    }

    private void connect() throws IOException {
        if (!socket.isConnected() || socket.isClosed()) {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setTcpNoDelay(true);
            in = new BufferedInputStream(socket.getInputStream());
        }
    }

    private Reply read(boolean isHead, long start) throws IOException {
        while (true) {
            var status = status(Wire.line(in));
            var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
            for (var line = Wire.line(in); !line.isEmpty(); line = Wire.line(in)) {
                var colon = line.indexOf(':');
                headers.put(line.substring(0, colon), line.substring(colon + 1).strip());
            }
            if (status == 100) {
                continue;
            }
            var isEndless = headers.getOrDefault("Content-Type", "").startsWith("text/event");
            if (isEndless) {
                headers.put("Connection", "close");
            }
            var body = isHead || isEndless || status == 101 ? "" : body(headers);
            return new Reply(status, headers, body, Duration.ofNanos(System.nanoTime() - start));
        }
    }

    private static int status(String line) throws IOException {
        if (!line.matches("HTTP/1\\.[01] \\d{3}.*")) {
            throw new IOException("no answer: " + line);
        }
        return Integer.parseInt(line.substring(9, 12));
    }

    private String body(Map<String, String> headers) throws IOException {
        if (!headers.getOrDefault("Transfer-Encoding", "").equals("chunked")) {
            var length = Integer.parseInt(headers.getOrDefault("Content-Length", "0"));
            return new String(in.readNBytes(length), StandardCharsets.UTF_8);
        }
        var body = new ByteArrayOutputStream();
        for (var size = chunkSize(); size > 0; size = chunkSize()) {
            body.writeBytes(in.readNBytes(size));
            Wire.line(in);
        }
        Wire.line(in);
        return body.toString(StandardCharsets.UTF_8);
    }

    private int chunkSize() throws IOException {
        return Integer.parseInt(Wire.line(in).strip(), 16);
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException("a socket does not close", e);
        }
    }
}
