package dev.muster.worker.relay;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Opens WebSockets to coordinators. Thread-safe. */
final class TerminalDialer implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(TerminalDialer.class);

    private static final Duration CONNECT = Duration.ofSeconds(5);

    private final URI server;
    private final HttpClient http =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(CONNECT)
                    // nothing that listens waits: handing a key to another thread costs more
                    .executor(Runnable::run)
                    .build();

    /**
     * @param server base URL of the coordinator that is asked when another cannot be reached
     */
    TerminalDialer(URI server) {
        this.server = server;
    }

    /**
     * Dials.
     *
     * @param url base URL of the coordinator that is wanted; null for the usual one
     * @throws IOException if neither can be reached
     */
    WebSocket dial(@Nullable String url, String path, WebSocket.Listener listener)
            throws IOException, InterruptedException {
        if (url != null) {
            try {
                return dial(wanted(url), path, listener);
            } catch (IOException e) {
                log.info("coordinator not reached url={} why={}", url, e.getMessage());
            }
        }
        return dial(server, path, listener);
    }

    /** Where the machine's token may be sent: nowhere less safe than to its own coordinator. */
    private URI wanted(String url) throws IOException {
        URI wanted;
        try {
            wanted = URI.create(url);
        } catch (IllegalArgumentException e) {
            throw new IOException("this is no URL", e);
        }
        var scheme = String.valueOf(wanted.getScheme());
        boolean safe = scheme.equals("https") || scheme.equals(server.getScheme());
        if (wanted.getHost() == null || !scheme.startsWith("http") || !safe) {
            throw new IOException("this is no URL to send the machine's token to");
        }
        return wanted;
    }

    private WebSocket dial(URI base, String path, WebSocket.Listener listener)
            throws IOException, InterruptedException {
        var scheme = "https".equals(base.getScheme()) ? "wss" : "ws";
        var address = URI.create(scheme + "://" + base.getRawAuthority() + path);
        var opening = open(address, listener);
        try {
            return opening.get();
        } catch (ExecutionException e) {
            throw new IOException(String.valueOf(e.getCause()), e.getCause());
        } catch (InterruptedException e) {
            var _ = opening.thenAccept(WebSocket::abort);
            throw e;
        }
    }

    private CompletableFuture<WebSocket> open(URI address, WebSocket.Listener listener)
            throws IOException {
        try {
            return http.newWebSocketBuilder().connectTimeout(CONNECT).buildAsync(address, listener);
        } catch (IllegalArgumentException e) {
            throw new IOException("nothing can be reached by this URL", e);
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
