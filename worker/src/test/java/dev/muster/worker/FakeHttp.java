package dev.muster.worker;

import dev.muster.worker.identity.ClusterAddress;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import java.net.URI;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** The coordinator's three enrolment routes, with tokens and secrets of which each works once. */
public final class FakeHttp {

    private final Vertx vertx = Vertx.vertx();
    private final Set<String> tokens = new HashSet<>();
    private final Map<String, Set<String>> secrets = new HashMap<>();
    private final Set<String> jwts = new HashSet<>();
    private final Map<String, Integer> calls = new HashMap<>();
    private final HttpServer server;
    private ClusterAddress cluster = new ClusterAddress("none", List.of());
    private int drawn;
    private long life = 3600;
    private boolean down;

    public FakeHttp() throws Exception {
        server =
                vertx.createHttpServer()
                        .requestHandler(this::handle)
                        .listen(0, "127.0.0.1")
                        .toCompletionStage()
                        .toCompletableFuture()
                        .get(10, TimeUnit.SECONDS);
    }

    public URI address() {
        return URI.create("http://127.0.0.1:" + server.actualPort());
    }

    public synchronized String drawToken() {
        var token = "token-" + ++drawn;
        tokens.add(token);
        return token;
    }

    public synchronized void cluster(ClusterAddress address) {
        cluster = address;
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
                var bearer = String.valueOf(request.getHeader("Authorization"));
                if (jwts.contains(bearer.replace("Bearer ", ""))) {
                    grant(request, 200, null);
                } else {
                    refuse(request, "token_expired", "The token expired.");
                }
            }
            case "recover" -> {
                var known = secrets.getOrDefault(json.getString("machineId"), Set.of());
                if (known.contains(json.getString("recoverySecret"))) {
                    grant(request, 200, json.getString("machineId"));
                } else {
                    refuse(request, "secret_unknown", "The machine was decommissioned.");
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
