package dev.muster.coordinator;

import dev.muster.coordinator.account.CheapPassword;
import dev.muster.coordinator.config.ClusterConfig;
import dev.muster.coordinator.config.CoordinatorConfig;
import dev.muster.coordinator.config.DatabaseConfig;
import dev.muster.coordinator.config.DispatchConfig;
import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.coordinator.config.Listen;
import dev.muster.coordinator.config.PresenceConfig;
import dev.muster.coordinator.config.RequestLimit;
import dev.muster.coordinator.config.WebConfig;
import dev.muster.coordinator.db.TestDatabase;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/** A whole coordinator on a database of its own, and a person's way to it. */
final class CoordinatorFixture implements AutoCloseable {

    /** Short enough to be waited for, long enough for a slow machine. */
    static final LeaseConfig SHORT =
            new LeaseConfig(
                    Duration.ofMillis(600), Duration.ofMillis(200), Duration.ofMillis(1500));

    /** Silence that goes with short leases: as short, and too long to come about by accident. */
    static final PresenceConfig SHORT_SILENCE =
            new PresenceConfig(Duration.ofMillis(500), Duration.ofMillis(1000), 0.9);

    /** What came back. */
    record Response(int status, JsonObject body, HttpHeaders headers) {
        /** The pointers of a problem document's faults. */
        List<String> pointers() {
            return body.getJsonArray("errors", new JsonArray()).stream()
                    .map(fault -> ((JsonObject) fault).getString("pointer"))
                    .toList();
        }

        Response expect(int wanted) {
            if (status != wanted) {
                throw new AssertionError("expected " + wanted + ", was " + status + ": " + body);
            }
            return this;
        }
    }

    /** More at once than all that tests of one class do wrong, and fewer than one can do fast. */
    static final RequestLimit FAILURES = new RequestLimit(1, 60);

    final DatabaseConfig database;
    final Path data;
    private final LeaseConfig lease;
    private final PresenceConfig presence;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private Coordinator coordinator;
    private String accessToken = "";

    private CoordinatorFixture(
            DatabaseConfig database, Path data, LeaseConfig lease, PresenceConfig presence) {
        this.database = database;
        this.data = data;
        this.lease = lease;
        this.presence = presence;
        this.coordinator = Coordinator.start(config(List.of()));
    }

    static CoordinatorFixture start(LeaseConfig lease) {
        return start(lease, lease.equals(SHORT) ? SHORT_SILENCE : PresenceConfig.DEFAULT);
    }

    static CoordinatorFixture start(LeaseConfig lease, PresenceConfig presence) {
        return start(lease, presence, DatabaseConfig.DEFAULT_STATEMENT_TIMEOUT);
    }

    /** The same where no statement may take longer. */
    static CoordinatorFixture start(
            LeaseConfig lease, PresenceConfig presence, Duration statementTimeout) {
        var fresh = TestDatabase.fresh();
        var database =
                new DatabaseConfig(
                        fresh.host(),
                        fresh.port(),
                        fresh.database(),
                        fresh.user(),
                        fresh.password(),
                        fresh.tls(),
                        fresh.poolSize(),
                        statementTimeout);
        try {
            var data = Files.createTempDirectory("muster-coordinator-");
            var fixture = new CoordinatorFixture(database, data, lease, presence);
            // the admin's, and of all whom tests make like the admin
            fixture.execute(
                    "update developer set password_hash = '%s'"
                            .formatted(CheapPassword.hash(fixture.password())));
            fixture.login();
            return fixture;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    CoordinatorConfig config(List<String> members) {
        return new CoordinatorConfig(
                data,
                new Listen("127.0.0.1", 0),
                new Listen("127.0.0.1", 0),
                database,
                new ClusterConfig("127.0.0.1", 0, members),
                lease,
                presence,
                new DispatchConfig(0.85, Duration.ofMinutes(1), Duration.ofMillis(200)),
                RequestLimit.NONE,
                FAILURES,
                WebConfig.DEFAULT);
    }

    void restart() {
        coordinator.close();
        coordinator = Coordinator.start(config(List.of()));
        login();
    }

    /** A second coordinator on the same database and in the same cluster, for who closes it. */
    Coordinator another() {
        return Coordinator.start(config(List.of(coordinator.clusterAddress())));
    }

    /** What a query answers, first column, as text. */
    List<String> sql(String query) {
        return TestDatabase.query(database, query);
    }

    void execute(String sql) {
        TestDatabase.execute(database, sql);
    }

    /** What a machine is not given for now, as people are shown it. */
    List<JsonObject> degraded(UUID machine) {
        return get("/api/web/machines").expect(200).body().getJsonArray("items").stream()
                .map(JsonObject.class::cast)
                .filter(one -> one.getString("id").equals(machine.toString()))
                .flatMap(one -> one.getJsonArray("degraded").stream())
                .map(JsonObject.class::cast)
                .toList();
    }

    /** What the rows say that must not be: none, whatever happened. */
    List<String> contradictions() {
        return sql(
                """
                select 'queued and ' || t.state || ' #' || t.id
                  from queue q join task t on t.id = q.task_id where t.state <> 'QUEUED'
                 union all
                select 'QUEUED and not in the queue #' || t.id
                  from task t where t.state = 'QUEUED' and not exists (select 1 from queue q where q.task_id = t.id)
                 union all
                select 'leased and ' || t.state || ' #' || t.id
                  from lease l join task t on t.id = l.task_id where t.state not in ('ASSIGNED', 'RUNNING', 'SUSPENDED')
                 union all
                select t.state || ' and not leased #' || t.id
                  from task t
                 where t.state in ('ASSIGNED', 'RUNNING') and not exists (select 1 from lease l where l.task_id = t.id)
                 union all
                select 'lost lease and not a lost task, or the reverse #' || t.id
                  from lease l join task t on t.id = l.task_id where l.lost <> (t.lost_since is not null)
                 union all
                select t.state || ' and lost #' || t.id
                  from task t where t.lost_since is not null and t.state in ('QUEUED', 'ASSIGNED', 'RUNNING', 'COMPLETED')
                 union all
                select 'lease behind its task #' || t.id
                  from lease l join task t on t.id = l.task_id where l.fence <> t.fence or l.attempt <> t.attempt
                 union all
                select 'ended and its attempt not #' || t.id
                  from task t join attempt a on a.task_id = t.id and a.number = t.attempt
                 where (t.ended_at is null) <> (a.ended_at is null)
                 union all
                select 'open gate and ' || t.state || ' #' || t.id
                  from gate g join task t on t.id = g.task_id
                 where g.outcome is null
                   and not (t.state = 'SUSPENDED' and t.reason = 'GATE' and t.attempt = g.attempt)
                 union all
                select 'waits at no gate #' || t.id
                  from task t
                 where t.state = 'SUSPENDED' and t.reason = 'GATE'
                   and not exists (select 1 from gate g where g.task_id = t.id and g.outcome is null)
                 union all
                select 'archived and not over #' || t.id
                  from project p join task t on t.project_id = p.id where p.archived_at is not null and t.ended_at is null
                 union all
                select 'archived and has members: ' || p.key
                  from project p join project_member m on m.project_id = p.id where p.archived_at is not null
                 union all
                select 'events with gaps #' || t.id
                  from task t where t.events <> (select count(*) from event e where e.task_id = t.id)
                     or t.events <> (select max(n) from event e where e.task_id = t.id)
                """);
    }

    String accessToken() {
        return accessToken;
    }

    /**
     * What Prometheus would see of this coordinator: the sum of lines that start with {@code name}.
     */
    double metric(String name) {
        return metric(coordinator.managementPort(), name);
    }

    double metric(int managementPort, String name) {
        var uri = URI.create("http://127.0.0.1:" + managementPort + "/metrics");
        return text(HttpRequest.newBuilder(uri).build())
                .body()
                .lines()
                .filter(line -> line.startsWith(name))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }

    Coordinator coordinator() {
        return coordinator;
    }

    private void login() {
        accessToken = token("admin");
    }

    private String token(String name) {
        var body = new JsonObject().put("username", name).put("password", password());
        return post("/api/auth/login", body).expect(200).body().getString("accessToken");
    }

    /** The admin's, and everybody's whom a test makes. */
    String password() {
        try {
            return Files.readString(data.resolve("admin-password")).strip();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Makes a person of a system role, a member of {@code project} in a role there, and answers
     * their token.
     */
    String person(String name, String role, String project, String roleThere) {
        execute(
                """
                with made as (
                    insert into developer (name, password_hash, role, git_name, git_email)
                    select '%s', password_hash, '%s', 'n', 'e' from developer where name = 'admin'
                    returning id
                )
                insert into project_member (project_id, developer_id, role)
                select p.id, m.id, '%s' from made m join project p on p.key = '%s'
                """
                        .formatted(name, role, roleThere, project));
        return token(name);
    }

    int port() {
        return coordinator.port();
    }

    Response get(String path) {
        return send(request(path).GET().build());
    }

    /** The lines of an answer that is no single document. */
    List<String> lines(String path) {
        return text(request(path).GET().build()).body().lines().toList();
    }

    /** An answer whose head has come; it is read as slowly as one likes. */
    InputStream opened(String path) throws IOException {
        try {
            return http.send(request(path).GET().build(), HttpResponse.BodyHandlers.ofInputStream())
                    .body();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The same with another's token. */
    Response getAs(String token, String path) {
        var uri = URI.create("http://127.0.0.1:" + coordinator.port() + path);
        return send(HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + token).build());
    }

    Response post(String path, JsonObject body) {
        return send(
                request(path)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body.encode()))
                        .build());
    }

    /** The same at any coordinator's port, named by an {@code Idempotency-Key}. */
    Response postOnce(int port, String key, String path, JsonObject body) {
        return send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .header("Authorization", "Bearer " + accessToken)
                        .header("Idempotency-Key", key)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body.encode()))
                        .build());
    }

    Response post(String path) {
        return send(request(path).POST(HttpRequest.BodyPublishers.noBody()).build());
    }

    /** The same with another's token, and no body. */
    Response postAs(String token, String path) {
        var uri = URI.create("http://127.0.0.1:" + coordinator.port() + path);
        return send(
                HttpRequest.newBuilder(uri)
                        .header("Authorization", "Bearer " + token)
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build());
    }

    /** The same with another's token. */
    Response postAs(String token, String path, JsonObject body) {
        var uri = URI.create("http://127.0.0.1:" + coordinator.port() + path);
        return send(
                HttpRequest.newBuilder(uri)
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body.encode()))
                        .build());
    }

    /**
     * Sends anything with another's token.
     *
     * @param headers names and values in turn
     */
    Response sendAs(
            String token,
            String method,
            String path,
            @Nullable JsonObject body,
            String... headers) {
        var uri = URI.create("http://127.0.0.1:" + coordinator.port() + path);
        var request = HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + token);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(
                body == null
                        ? request.method(method, HttpRequest.BodyPublishers.noBody()).build()
                        : request.header("Content-Type", "application/json")
                                .method(method, HttpRequest.BodyPublishers.ofString(body.encode()))
                                .build());
    }

    Response put(String path, JsonObject body, String... headers) {
        var request =
                request(path)
                        .header("Content-Type", "application/json")
                        .PUT(HttpRequest.BodyPublishers.ofString(body.encode()));
        return send((headers.length == 0 ? request : request.headers(headers)).build());
    }

    /** The same with another's token. */
    Response putAs(String token, String path, JsonObject body) {
        var uri = URI.create("http://127.0.0.1:" + coordinator.port() + path);
        return send(
                HttpRequest.newBuilder(uri)
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/json")
                        .PUT(HttpRequest.BodyPublishers.ofString(body.encode()))
                        .build());
    }

    Response delete(String path) {
        return send(request(path).DELETE().build());
    }

    private HttpRequest.Builder request(String path) {
        var builder =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + coordinator.port() + path));
        return accessToken.isEmpty()
                ? builder
                : builder.header("Authorization", "Bearer " + accessToken);
    }

    private Response send(HttpRequest request) {
        var response = text(request);
        var text = response.body();
        return new Response(
                response.statusCode(),
                text.isEmpty() ? new JsonObject() : new JsonObject(text),
                response.headers());
    }

    private HttpResponse<String> text(HttpRequest request) {
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** A project without a repository whose one stage runs {@code command}. */
    void project(String key, String command) {
        project(key, new JsonObject().put("command", command));
    }

    /** The same with further fields of the stage. */
    void project(String key, JsonObject fields) {
        make(key, fields, new JsonObject());
    }

    /** Another project, of one stage that succeeds; with further fields of the project. */
    String project(JsonObject fields) {
        var key = "p" + UUID.randomUUID().toString().substring(0, 8);
        make(key, new JsonObject(), fields);
        return key;
    }

    private void make(String key, JsonObject stage, JsonObject project) {
        var only = new JsonObject().put("name", "only").put("command", "true").mergeIn(stage);
        post(
                        "/api/admin/projects",
                        new JsonObject()
                                .put("key", key)
                                .put("name", key)
                                .put("pipeline", new JsonArray().add(only))
                                .mergeIn(project))
                .expect(201);
    }

    long task(String project) {
        return task(new JsonObject().put("projectKey", project).put("description", "do it"));
    }

    long task(JsonObject wanted) {
        return post("/api/web/tasks", wanted).expect(201).body().getLong("id");
    }

    /** Returns when a statement like that waits for a lock. */
    void awaitWaiting(String query) {
        var waiting =
                "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%s'"
                        .formatted(query);
        Await.until("a statement waits: " + query, () -> !sql(waiting).isEmpty());
    }

    /** Nobody may be given later what a test left behind. */
    void emptyTheQueue() {
        execute("update task set state = 'FAILED', ended_at = now() where state = 'QUEUED'");
        execute("delete from queue");
    }

    /** Cancels every task that has not ended; what was said to each. */
    List<Response> cancelAll() {
        return sql("select id from task where ended_at is null").stream()
                .map(id -> cancel(Long.parseLong(id)))
                .toList();
    }

    Response cancel(long id) {
        return post("/api/web/tasks/" + id + "/cancel");
    }

    Response retry(long id) {
        return post("/api/web/tasks/" + id + "/retry");
    }

    String status(long id) {
        return task(id).getString("status");
    }

    /** Waits until the task has {@code status}. */
    void awaitStatus(long id, String status) {
        Await.until("task " + id + " is " + status, () -> status(id).equals(status));
    }

    JsonObject task(long id) {
        return get("/api/web/tasks/" + id).expect(200).body();
    }

    List<String> eventTypes(long id) {
        return get("/api/web/tasks/" + id + "/events")
                .expect(200)
                .body()
                .getJsonArray("items")
                .stream()
                .map(JsonObject.class::cast)
                .map(CoordinatorFixture::summary)
                .toList();
    }

    private static String summary(JsonObject event) {
        var data = event.getJsonObject("data");
        return event.getString("type").equals("state_change")
                ? data.getString("from", "") + ">" + data.getString("to")
                : data.getString("stage") + " " + data.getString("status");
    }

    /** Enrols a machine and answers its token. */
    String enrol(UUID machine, int slots) {
        var token = coordinator.enrolmentToken("test");
        return post("/api/workers/register", registration(machine, token, slots))
                .expect(201)
                .body()
                .getString("workerJwt");
    }

    static JsonObject registration(UUID machine, String token, int slots) {
        return new JsonObject()
                .put("machineId", machine.toString())
                .put("token", token)
                .put("name", "machine-" + machine)
                .put("capabilities", new JsonArray().add("shell"))
                .put("slots", slots)
                .put(
                        "hardware",
                        new JsonObject()
                                .put("os", "linux")
                                .put("arch", "amd64")
                                .put("cpus", 2)
                                .put("memoryBytes", 1024));
    }

    @Override
    public void close() {
        coordinator.close();
        http.close();
    }
}
