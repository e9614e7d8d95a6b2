package dev.muster.worker;

import dev.muster.cluster.Authority;
import dev.muster.cluster.Pem;
import dev.muster.protocol.gateway.Gateway;
import dev.muster.protocol.terminal.TerminalSockets;
import dev.muster.worker.identity.ClusterAddress;

import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.ServerWebSocketHandshake;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * The coordinator's enrolment routes and its gateway, with tokens and secrets of which each works
 * once.
 */
public final class FakeHttp {

    private final Vertx vertx = Vertx.vertx();
    private final Set<String> tokens = new HashSet<>();
    private final Map<String, Set<String>> secrets = new HashMap<>();
    private final Set<String> jwts = new HashSet<>();
    private final Map<String, Integer> calls = new HashMap<>();
    private final Set<String> shown = new HashSet<>();
    private final Authority authority =
            new Authority(SecureRandom.getSeed(Authority.SEED), InstantSource.system());
    private final HttpServer server;
    private final Set<ServerWebSocket> sockets = new HashSet<>();
    private Handler<ServerWebSocket> terminals = ServerWebSocket::close;
    private @Nullable Vertx bus;
    private ClusterAddress cluster = new ClusterAddress("none", List.of());
    private int drawn;
    private long life = 3600;
    private boolean down;
    private boolean gatewayOnly;

    public FakeHttp() throws Exception {
        server =
                vertx.createHttpServer(
                                new HttpServerOptions()
                                        .setWebSocketSubProtocols(List.of(Gateway.PROTOCOL))
                                        .setMaxWebSocketMessageSize(Gateway.LARGEST_FRAME))
                        .webSocketHandshakeHandler(this::admit)
                        .webSocketHandler(this::connect)
                        .requestHandler(this::handle)
                        .listen(0, "127.0.0.1")
                        .toCompletionStage()
                        .toCompletableFuture()
                        .get(10, TimeUnit.SECONDS);
    }

    public URI address() {
        return URI.create("http://127.0.0.1:" + server.actualPort());
    }

    /** Of the cluster. */
    public Authority authority() {
        return authority;
    }

    /** Nobody may join the cluster any more. */
    public synchronized void gatewayOnly(boolean only) {
        gatewayOnly = only;
    }

    public synchronized String drawToken() {
        var token = "token-" + ++drawn;
        tokens.add(token);
        return token;
    }

    public synchronized void cluster(ClusterAddress address) {
        cluster = address;
    }

    /** Where the gateway leads; null for nowhere, and then it breaks its connections. */
    synchronized void bus(@Nullable Vertx leadsTo) {
        bus = leadsTo;
        if (leadsTo == null) {
            sockets.forEach(ServerWebSocket::close);
            sockets.clear();
        }
    }

    /** Terminals may be connected here, too. */
    synchronized void terminals(Handler<ServerWebSocket> accepts) {
        terminals = accepts;
    }

    private static boolean isTerminal(String path) {
        return path.startsWith(TerminalSockets.WORKERS);
    }

    private synchronized void admit(ServerWebSocketHandshake handshake) {
        if (isTerminal(handshake.path())) {
            handshake.accept();
        } else if (bus == null) {
            handshake.reject(503);
        } else if (isGood(bearer(handshake.headers()))) {
            handshake.accept();
        } else {
            handshake.reject(401);
        }
    }

    private synchronized void connect(ServerWebSocket socket) {
        if (isTerminal(socket.path())) {
            terminals.handle(socket);
            return;
        }
        var leadsTo = bus;
        if (leadsTo == null) {
            socket.close();
            return;
        }
        sockets.add(socket);
        new FakeGateway(socket, leadsTo, bearer(socket.headers()));
    }

    private static String bearer(MultiMap headers) {
        return String.valueOf(headers.get("Authorization")).replace("Bearer ", "");
    }

    public synchronized void tokenLife(long seconds) {
        life = seconds;
    }

    public synchronized void down(boolean isDown) {
        down = isDown;
    }

    /** No token given out so far is good any more. */
    public synchronized void expireAll() {
        jwts.clear();
    }

    public synchronized void forgetSecrets() {
        secrets.clear();
    }

    public synchronized boolean isGood(String jwt) {
        return jwts.contains(jwt);
    }

    /** The secrets that machines recovered by. */
    public synchronized Set<String> shownSecrets() {
        return Set.copyOf(shown);
    }

    public synchronized int calls(String route) {
        return calls.getOrDefault(route, 0);
    }

    private void handle(HttpServerRequest request) {
        request.body()
                .onSuccess(body -> answer(request, body.length() == 0 ? "{}" : body.toString()));
    }

    private synchronized void answer(HttpServerRequest request, String body) {
        var route = request.path().substring("/api/workers/".length());
        calls.merge(route, 1, Integer::sum);
        if (down) {
            request.response().setStatusCode(503).end("<h1>Service Unavailable</h1>");
            return;
        }
        var json = new JsonObject(body);
        switch (route) {
            case "register" -> {
                if (tokens.remove(json.getString("token"))) {
                    grant(request, 201, json.getString("machineId"));
                } else {
                    refuse(request, "token_used", "This enrolment token was used already.");
                }
            }
            case "refresh-token" -> {
                if (jwts.contains(bearer(request.headers()))) {
                    grant(request, 200, null);
                } else {
                    refuse(request, "token_expired", "The token expired.");
                }
            }
            case "recover" -> {
                var known = secrets.getOrDefault(json.getString("machineId"), Set.of());
                shown.add(json.getString("recoverySecret"));
                if (known.contains(json.getString("recoverySecret"))) {
                    grant(request, 200, json.getString("machineId"));
                } else {
                    refuse(request, "secret_unknown", "The machine was decommissioned.");
                }
            }
            case "certificate" -> {
                if (!jwts.contains(bearer(request.headers()))) {
                    refuse(request, "token_expired", "The token expired.");
                } else if (gatewayOnly) {
                    refuse(request, "cluster_not_allowed", "Use the gateway.");
                } else {
                    certify(request, json.getString("publicKey"));
                }
            }
            default -> request.response().setStatusCode(404).end();
        }
    }

    private void grant(HttpServerRequest request, int status, String machine) {
        var jwt = "jwt-" + ++drawn;
        jwts.add(jwt);
        var answer =
                new JsonObject()
                        .put("workerJwt", jwt)
                        .put("expiresInSeconds", life)
                        .put(
                                "cluster",
                                new JsonObject()
                                        .put("name", cluster.name())
                                        .put("members", new JsonArray(cluster.members())));
        if (machine != null) {
            var secret = "secret-" + ++drawn;
            secrets.computeIfAbsent(machine, _ -> new HashSet<>()).add(secret);
            answer.put("machineId", machine).put("recoverySecret", secret);
        }
        request.response().setStatusCode(status).end(answer.encode());
    }

    private void certify(HttpServerRequest request, String key) {
        var signed = authority.certify(UUID.randomUUID(), Base64.getDecoder().decode(key));
        var answer =
                new JsonObject()
                        .put("certificate", Pem.of(signed))
                        .put("authority", Pem.of(authority.certificate()));
        request.response().setStatusCode(200).end(answer.encode());
    }

    private static void refuse(HttpServerRequest request, String code, String error) {
        request.response()
                .setStatusCode(401)
                .putHeader("Content-Type", "application/problem+json")
                .end(new JsonObject().put("code", code).put("error", error).encode());
    }

    public void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
}
