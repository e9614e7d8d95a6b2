package dev.muster.worker.link;

import dev.muster.protocol.gateway.Gateway;
import dev.muster.protocol.message.ToWorker;
import dev.muster.worker.identity.ClusterAddress;
import dev.muster.worker.identity.Credentials;
import dev.muster.worker.link.LinkFailure.Kind;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Opens a WebSocket to a coordinator's gateway, anew for every link. */
public final class GatewayDialer implements Dialer {

    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final int OPEN_SECONDS = 15;

    private final URI gateway;
    private final Credentials credentials;

    /**
     * @param server base URL of any coordinator; {@code https} where it is on another machine
     */
    public GatewayDialer(URI server, Credentials credentials) {
        var http = server.resolve(Gateway.PATH);
        var scheme = "https".equals(http.getScheme()) ? "wss" : "ws";
        this.gateway = URI.create(scheme + "://" + http.getRawAuthority() + http.getRawPath());
        this.credentials = credentials;
    }

    @Override
    public Link dial(ClusterAddress address, Consumer<ToWorker> orders)
            throws LinkFailure, InterruptedException {
        var http =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(CONNECT)
                        .build();
        var token = credentials.token();
        var link = new GatewayLink(http, credentials, token, orders);
        try {
            open(http, token, link).thenCompose(link::opened).get(OPEN_SECONDS, TimeUnit.SECONDS);
            return link;
        } catch (ExecutionException e) {
            link.close();
            throw failure(e.getCause());
        } catch (TimeoutException e) {
            link.close();
            throw new LinkFailure(Kind.UNANSWERED, "the gateway did not open in time", e);
        } catch (InterruptedException e) {
            link.close();
            throw e;
        }
    }

    @Override
    public boolean needsNewAddress() {
        return false;
    }

    private CompletableFuture<WebSocket> open(HttpClient http, String token, GatewayLink link) {
        return http.newWebSocketBuilder()
                .connectTimeout(CONNECT)
                .subprotocols(Gateway.PROTOCOL)
                .header("Authorization", "Bearer " + token)
                .buildAsync(gateway, link.listener());
    }

    private static LinkFailure failure(@Nullable Throwable cause) {
        if (cause instanceof WebSocketHandshakeException refused) {
            var status = refused.getResponse().statusCode();
            var kind = status == 401 ? Kind.UNAUTHORISED : Kind.UNAVAILABLE;
            return new LinkFailure(kind, "the gateway answered status " + status, cause);
        }
        return new LinkFailure(Kind.UNANSWERED, "the gateway could not be reached", cause);
    }
}
