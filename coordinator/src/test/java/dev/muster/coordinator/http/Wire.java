package dev.muster.coordinator.http;

import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * Speaks HTTP to a server of ours over plain sockets, byte by byte where a client would tidy up.
 */
public final class Wire {

    private static final int TIMEOUT_MILLIS = 20_000;

    /** What came back. */
    public record Reply(int status, Map<String, String> headers, String body) {
        public JsonObject json() {
            return new JsonObject(body);
        }

        public @Nullable String header(String name) {
            return headers.get(name);
        }
    }

    private final int port;

    public Wire(int port) {
        this.port = port;
    }

    public Reply send(String method, String path, @Nullable String token, @Nullable String body) {
        return send(method, path, token, body, "application/json");
    }

    public Reply send(
            String method,
            String path,
            @Nullable String token,
            @Nullable String body,
            String contentType) {
        try (var connection = connect()) {
            var head = head(method, path, token);
            if (body == null) {
                return connection.raw(head + "\r\n");
            }
            var length = body.getBytes(StandardCharsets.UTF_8).length;
            return connection.raw(
                    head
                            + "Content-Type: "
                            + contentType
                            + "\r\nContent-Length: "
                            + length
                            + "\r\n\r\n"
                            + body);
        }
    }

    private static String head(String method, String path, @Nullable String token) {
        var head = method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n";
        return token == null ? head : head + "Authorization: Bearer " + token + "\r\n";
    }

    public Connection connect() {
        try {
            var socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            return new Connection(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One connection, for requests that follow each other. */
    public static final class Connection implements AutoCloseable {
        private final Socket socket;

        private Connection(Socket socket) {
            this.socket = socket;
        }

        public Reply get(String path) {
            return raw(head("GET", path, null) + "\r\n");
        }

        /** Sends so many bytes of JSON, all of them before it listens. */
        public Reply post(String path, String token, int bytes, boolean chunked) {
            var head = head("POST", path, token) + "Content-Type: application/json\r\n";
            if (!chunked) {
                return raw(head + "Content-Length: " + bytes + "\r\n\r\n" + " ".repeat(bytes));
            }
            var chunk = "10000\r\n" + " ".repeat(0x10000) + "\r\n";
            return raw(
                    head
                            + "Transfer-Encoding: chunked\r\n\r\n"
                            + chunk.repeat(bytes / 0x10000)
                            + "0\r\n\r\n");
        }

        public Reply raw(String request) {
            try {
                socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
                return read(socket.getInputStream());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static Reply read(InputStream in) throws IOException {
            // HTTP/1.1 200 OK
            var status = Integer.parseInt(line(in).substring(9, 12));
            var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
            for (var line = line(in); !line.isEmpty(); line = line(in)) {
                var colon = line.indexOf(':');
                headers.put(line.substring(0, colon), line.substring(colon + 1).trim());
            }
            var length = Integer.parseInt(headers.getOrDefault("Content-Length", "0"));
            return new Reply(
                    status, headers, new String(in.readNBytes(length), StandardCharsets.UTF_8));
        }

        @Override
        public void close() {
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** The next line of a head, or of what frames chunks. */
    public static String line(InputStream in) throws IOException {
        var line = new ByteArrayOutputStream();
        for (var b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new IOException("the server closed the connection");
            }
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toString(StandardCharsets.UTF_8);
    }
}
