package dev.muster.ops.bench;

import dev.muster.coordinator.Coordinator;
import dev.muster.coordinator.config.ClusterConfig;
import dev.muster.coordinator.config.CoordinatorConfig;
import dev.muster.coordinator.config.DatabaseConfig;
import dev.muster.coordinator.config.DispatchConfig;
import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.coordinator.config.Listen;
import dev.muster.coordinator.config.PresenceConfig;
import dev.muster.coordinator.config.RequestLimit;
import dev.muster.coordinator.config.WebConfig;
import dev.muster.coordinator.db.EmbeddedPostgres;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A coordinator on a fresh database, and a client that asks it over HTTP as anyone would. */
final class Rig implements AutoCloseable {

    private static final Pattern STARTED = Pattern.compile("started=([0-9.,]+)");

    /** All runs on this one machine, which is as busy and as full as it can be. */
    private static final PresenceConfig ROOMY =
            new PresenceConfig(
                    PresenceConfig.DEFAULT.unreachableAfter(),
                    PresenceConfig.DEFAULT.offlineAfter(),
                    1);

    private static final DispatchConfig UNLOADED =
            new DispatchConfig(
                    1, DispatchConfig.DEFAULT.ageing(), DispatchConfig.DEFAULT.inspectEvery());

    /** A token is good for a quarter of an hour, and some measure for longer. */
    private static final long RENEWED_NANOS = TimeUnit.MINUTES.toNanos(5);

    private final EmbeddedPostgres postgres;
    private final Coordinator coordinator;
    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    private final HttpClientAgent http;
    // guarded by this
    private String authorization;
    private long authorizedNanos;
    private final Set<String> projects = new HashSet<>();

    private Rig(EmbeddedPostgres postgres, Coordinator coordinator, int connections) {
        this.postgres = postgres;
        this.coordinator = coordinator;
        this.http =
                vertx.createHttpClient(
                        new HttpClientOptions()
                                .setDefaultHost("127.0.0.1")
                                .setDefaultPort(coordinator.port()),
                        new PoolOptions().setHttp1MaxSize(connections));
        this.authorization = "Bearer " + login();
        this.authorizedNanos = System.nanoTime();
    }

    static Rig start(Path directory, int connections) {
        var postgres = EmbeddedPostgres.start(directory.resolve("postgres"));
        var local = new Listen("127.0.0.1", 0);
        var coordinator =
                Coordinator.start(
                        new CoordinatorConfig(
                                directory.resolve("coordinator"),
                                local,
                                local,
                                postgres.config(),
                                new ClusterConfig("127.0.0.1", 0, List.of()),
                                LeaseConfig.DEFAULT,
                                ROOMY,
                                UNLOADED,
                                RequestLimit.NONE,
                                RequestLimit.NONE,
                                WebConfig.DEFAULT));
        return new Rig(postgres, coordinator, connections);
    }

    private String login() {
        var password = coordinator.firstPassword().orElseThrow();
        var body = new JsonObject().put("username", "admin").put("password", password);
        return post("/api/auth/login", body, "").getString("accessToken");
    }

    /** The value of a line that the coordinator shows to those who watch it. */
    double metric(String line) {
        var lines =
                http.request(HttpMethod.GET, coordinator.managementPort(), "127.0.0.1", "/metrics")
                        .compose(request -> request.send().compose(HttpClientResponse::body))
                        .timeout(30, TimeUnit.SECONDS)
                        .await()
                        .toString();
        return lines.lines()
                .filter(one -> one.startsWith(line))
                .mapToDouble(one -> Double.parseDouble(one.substring(one.lastIndexOf(' '))))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("there is no " + line));
    }

    DatabaseConfig database() {
        return postgres.config();
    }

    int port() {
        return coordinator.port();
    }

    /** What a viewer's first frame shows. */
    String token() {
        return authorization().substring("Bearer ".length());
    }

    /** What opens the terminal of a task, once, to {@code watch} or {@code control} it. */
    String channelToken(long task, String mode) {
        var path = "/api/web/tasks/" + task + "/pty-token";
        return post(path, new JsonObject().put("mode", mode), authorization())
                .getString("channelToken");
    }

    /** The same as {@link #project} unless there is one of that key. */
    void projectOnce(String key, String command) {
        if (projects.add(key)) {
            project(key, command, Optional.empty());
        }
    }

    /** Waits until a task's first stage has started. */
    void awaitRunning(long task) throws InterruptedException {
        while (!ask(HttpMethod.GET, "/api/web/tasks/" + task, "", authorization())
                .getString("status")
                .equals("RUNNING")) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    void cancel(long task) {
        post("/api/web/tasks/" + task + "/cancel", new JsonObject(), authorization());
    }

    /** The header by which the admin asks. */
    synchronized String authorization() {
        if (System.nanoTime() - authorizedNanos > RENEWED_NANOS) {
            authorization = "Bearer " + login();
            authorizedNanos = System.nanoTime();
        }
        return authorization;
    }

    String server() {
        return "http://127.0.0.1:" + coordinator.port();
    }

    String enrolmentToken() {
        return coordinator.enrolmentToken("benchmark");
    }

    /** A project whose one stage runs {@code command}; {@code repository} may be empty. */
    void project(String key, String command, Optional<Path> repository) {
        var stage = new JsonObject().put("name", "only").put("command", command);
        var project =
                new JsonObject()
                        .put("key", key)
                        .put("name", key)
                        .put("pipeline", new JsonArray().add(stage));
        repository.ifPresent(path -> project.put("repoUrl", path.toString()));
        post("/api/admin/projects", project, authorization());
    }

    /** Keeps as much of each log as can be set. */
    void keepWholeLogs() {
        var settings = new JsonObject().put("logs.perAttempt", 1024);
        var body = new JsonObject().put("settings", settings);
        ask(HttpMethod.PUT, "/api/admin/settings", body.encode(), authorization());
    }

    /** Creates a task and answers its number. */
    long task(String project) {
        var body = new JsonObject().put("projectKey", project).put("description", "measure");
        return post("/api/web/tasks", body, authorization()).getLong("id");
    }

    /**
     * What the task's log says between {@code started=} and the end of that number; empty if it
     * does not.
     */
    String startedAt(long task) {
        var answer =
                ask(
                        HttpMethod.GET,
                        "/api/web/tasks/" + task + "/logs?limit=20",
                        "",
                        authorization());
        return answer.getJsonArray("items").stream()
                .map(line -> STARTED.matcher(((JsonObject) line).getString("text")))
                .filter(Matcher::find)
                .map(found -> found.group(1))
                .findFirst()
                .orElse("");
    }

    private JsonObject post(String path, JsonObject body, String authorization) {
        return ask(HttpMethod.POST, path, body.encode(), authorization);
    }

    private JsonObject ask(HttpMethod method, String path, String body, String authorization) {
        return http.request(method, path)
                .compose(
                        request -> {
                            request.putHeader("Content-Type", "application/json");
                            if (!authorization.isEmpty()) {
                                request.putHeader("Authorization", authorization);
                            }
                            var answer = body.isEmpty() ? request.send() : request.send(body);
                            // chained here, on the event loop: chained by the caller's thread, it
                            // may come after the body's end, which is told only once
                            return answer.compose(response -> json(path, response));
                        })
                .timeout(30, TimeUnit.SECONDS)
                .await();
    }

    private static Future<JsonObject> json(String path, HttpClientResponse response) {
        return response.body()
                .map(
                        buffer -> {
                            if (response.statusCode() >= 300) {
                                throw new IllegalStateException(
                                        path
                                                + " answered "
                                                + response.statusCode()
                                                + ": "
                                                + buffer);
                            }
                            return new JsonObject(buffer);
                        });
    }

    @Override
    public void close() throws IOException {
        http.close().await();
        vertx.close().await();
        coordinator.close();
        postgres.close();
    }
}
