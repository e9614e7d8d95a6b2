package dev.muster.ops.harness;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** The HTTP API as a stranger's program sees it: requests, statuses and JSON. */
public final class Api implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> ENDS = Set.of("COMPLETED", "FAILED", "CANCELLED");

    /**
     * An answer.
     *
     * @param headers by their names in lower case
     */
    public record Reply(int status, String text, Map<String, List<String>> headers) {
        public JsonNode json() throws IOException {
            return JSON.readTree(text);
        }
    }

    private final URI server;
    private final HttpClient http =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Duration.ofSeconds(10))
                    .build();
    private @Nullable String token;

    public Api(URI server) {
        this.server = server;
    }

    public Reply login(String password) throws Exception {
        var reply = post("/api/auth/login", Map.of("username", "admin", "password", password));
        if (reply.status() == 200) {
            token = reply.json().get("accessToken").textValue();
        }
        return reply;
    }

    /** From now on it asks as whoever that token was made for. */
    public Api as(String itsToken) {
        token = itsToken;
        return this;
    }

    /** The token it asks with. */
    public String token() {
        return Objects.requireNonNull(token, "nobody is signed in");
    }

    public Reply get(String path) throws Exception {
        return send(request(path).GET());
    }

    public Reply post(String path, Object body) throws Exception {
        var text = body instanceof String raw ? raw : JSON.writeValueAsString(body);
        return send(
                request(path)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(text)));
    }

    public Reply delete(String path) throws Exception {
        return send(request(path).DELETE());
    }

    public Reply put(String path, Object body) throws Exception {
        return send(
                request(path)
                        .header("Content-Type", "application/json")
                        .PUT(BodyPublishers.ofString(JSON.writeValueAsString(body))));
    }

    /** The same as {@link #post}, named by an {@code Idempotency-Key}. */
    public Reply postOnce(String key, String path, Object body) throws Exception {
        return send(
                request(path)
                        .header("Idempotency-Key", key)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(JSON.writeValueAsString(body))));
    }

    private HttpRequest.Builder request(String path) {
        var request = HttpRequest.newBuilder(server.resolve(path)).timeout(Duration.ofSeconds(60));
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        return request;
    }

    private Reply send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(request.build(), BodyHandlers.ofString());
        return new Reply(answer.statusCode(), answer.body(), answer.headers().map());
    }

    // ---- words of the product ------------------------------------------------------------------

    /** A stage with a name and a command. */
    public static Map<String, Object> stage(String name, String command) {
        return Map.of("name", name, "command", command);
    }

    /** Makes a project without a repository. */
    public void project(String key, Object... stages) throws Exception {
        expect(
                201,
                post(
                        "/api/admin/projects",
                        Map.of("key", key, "name", key, "pipeline", List.of(stages))));
    }

    /** Queues a task and answers its number. */
    public long task(String project, String description) throws Exception {
        var body = Map.of("projectKey", project, "description", description);
        return expect(201, post("/api/web/tasks", body)).get("id").longValue();
    }

    public JsonNode task(long id) throws Exception {
        return expect(200, get("/api/web/tasks/" + id));
    }

    /** The task once it has one of the {@code states}. */
    public JsonNode awaitStatus(long id, Duration atMost, Set<String> states) throws Exception {
        return Eventually.value(
                "task " + id + " " + states,
                atMost,
                () ->
                        Optional.of(task(id))
                                .filter(task -> states.contains(task.get("status").textValue())));
    }

    public JsonNode awaitEnd(long id, Duration atMost) throws Exception {
        return awaitStatus(id, atMost, ENDS);
    }

    /** All that its newest attempt printed, also what came late. */
    public String printed(long id) throws Exception {
        var late = new ArrayList<String>();
        expect(200, get("/api/web/tasks/" + id + "/late-log?limit=1000"))
                .get("items")
                .forEach(line -> late.add(line.get("text").textValue()));
        return String.join("\n", log(id)) + String.join("\n", late);
    }

    /** Everything its terminal printed, line by line. */
    public List<String> log(long id) throws Exception {
        var lines = new ArrayList<String>();
        while (true) {
            var page =
                    expect(
                                    200,
                                    get(
                                            "/api/web/tasks/%d/logs?limit=1000&offset=%d"
                                                    .formatted(id, lines.size())))
                            .get("items");
            for (var line : page) {
                if (line.get("n").longValue() != lines.size()) {
                    throw new AssertionError("line " + lines.size() + " is missing: " + line);
                }
                lines.add(line.get("text").textValue());
            }
            if (page.isEmpty()) {
                return lines;
            }
        }
    }

    /** Every event of a task, oldest first. */
    public List<JsonNode> events(long id) throws Exception {
        var events = new ArrayList<JsonNode>();
        expect(200, get("/api/web/tasks/" + id + "/events?limit=200"))
                .get("items")
                .forEach(events::add);
        return events;
    }

    public List<JsonNode> machines() throws Exception {
        var machines = new ArrayList<JsonNode>();
        expect(200, get("/api/web/machines?limit=200")).get("items").forEach(machines::add);
        return machines;
    }

    /** How many of something there are, by the address of its list. */
    public int count(String list) throws Exception {
        return expect(200, get(list)).get("items").size();
    }

    public static JsonNode expect(int status, Reply reply) throws IOException {
        if (reply.status() != status) {
            throw new AssertionError(
                    "expected %d, was %d: %s".formatted(status, reply.status(), reply.text()));
        }
        return reply.json();
    }

    @Override
    public void close() {
        http.shutdownNow();
        http.close();
    }
}
