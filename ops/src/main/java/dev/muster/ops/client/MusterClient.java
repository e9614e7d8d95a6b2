package dev.muster.ops.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
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
import java.util.List;
import java.util.Map;

/**
 * A coordinator, over HTTP.
 *
 * <p>Blocks its thread; every call is bounded. Thread-safe once signed in.
 */
public final class MusterClient implements AutoCloseable {

    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration ANSWER = Duration.ofSeconds(60);
    private static final int MOST_LINES = 1000;

    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    /**
     * @param refreshToken null for a token that somebody made to be used as it is
     * @param mustChangePassword whether nothing else is allowed
     */
    private record Tokens(
            String accessToken, @Nullable String refreshToken, boolean mustChangePassword) {}

    private final URI server;
    private final HttpClient http;
    private volatile @Nullable Tokens tokens;

    /** Of the coordinator at {@code server}, not signed in yet. */
    public MusterClient(URI server) {
        this.server = server;
        this.http =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(CONNECT)
                        .build();
    }

    /** Begins a session; every later call is made in it. */
    public void login(String username, String password) {
        login(Map.of("username", username, "password", password));
    }

    /**
     * The same with the code of a second factor, which who has one needs: without it that is
     * refused as {@code totp_required}.
     */
    public void login(String username, String password, String code) {
        login(Map.of("username", username, "password", password, "totpCode", code));
    }

    private void login(Map<String, String> body) {
        tokens = read(send("POST", "/api/auth/login", body, null), new TypeReference<Tokens>() {});
    }

    /** Every later call is made with a token that somebody made before. */
    public void use(String token) {
        tokens = new Tokens(token, null, false);
    }

    /** Whether the password that began the session was good for that alone. */
    public boolean mustChangePassword() {
        return signedIn().mustChangePassword();
    }

    /** Ends the session, if it is one. */
    public void logout() {
        var refreshToken = signedIn().refreshToken();
        if (refreshToken != null) {
            call("POST", "/api/auth/logout", Map.of("refreshToken", refreshToken));
        }
        tokens = null;
    }

    public void createProject(NewProject project) {
        call("POST", "/api/admin/projects", project);
    }

    public Task createTask(String projectKey, String description) {
        var body = Map.of("projectKey", projectKey, "description", description);
        return read(call("POST", "/api/web/tasks", body), new TypeReference<Task>() {});
    }

    public Task task(long id) {
        return read(call("GET", "/api/web/tasks/" + id, null), new TypeReference<Task>() {});
    }

    /** What happened to the task after its first {@code offset} events, at most two hundred. */
    public List<Event> events(long id, int offset) {
        var path = "/api/web/tasks/%d/events?limit=200&offset=%d".formatted(id, offset);
        return read(call("GET", path, null), new TypeReference<Items<Event>>() {}).items();
    }

    /** Lines of the task's terminal from number {@code offset} on, at most a thousand. */
    public List<LogLine> log(long id, long offset) {
        var path = "/api/web/tasks/%d/logs?limit=%d&offset=%d".formatted(id, MOST_LINES, offset);
        return read(call("GET", path, null), new TypeReference<Items<LogLine>>() {}).items();
    }

    /** The first two hundred machines. */
    public List<Machine> machines() {
        var answer = call("GET", "/api/web/machines?limit=200", null);
        return read(answer, new TypeReference<Items<Machine>>() {}).items();
    }

    /** The keys that secrets are sealed with, newest first. */
    public List<SecretKey> secretKeys() {
        var answer = call("GET", "/api/admin/secret-keys", null);
        return read(answer, new TypeReference<Items<SecretKey>>() {}).items();
    }

    /** Makes a new one, the first of those that are answered. */
    public List<SecretKey> rotateSecretKey() {
        var answer = call("POST", "/api/admin/secret-keys", null);
        return read(answer, new TypeReference<Items<SecretKey>>() {}).items();
    }

    @Override
    public void close() {
        http.close();
    }

    private Tokens signedIn() {
        var session = tokens;
        if (session == null) {
            throw new IllegalStateException("not signed in");
        }
        return session;
    }

    private HttpResponse<String> call(String method, String path, @Nullable Object body) {
        var session = signedIn();
        var refreshToken = session.refreshToken();
        try {
            return send(method, path, body, session.accessToken());
        } catch (Refused e) {
            if (e.status() != 401 || refreshToken == null) {
                throw e;
            }
        }
        // The access token is short-lived; the refresh token gets one more pair.
        var answer = send("POST", "/api/auth/refresh", Map.of("refreshToken", refreshToken), null);
        var renewed = read(answer, new TypeReference<Tokens>() {});
        tokens = renewed;
        return send(method, path, body, renewed.accessToken());
    }

    private HttpResponse<String> send(
            String method, String path, @Nullable Object body, @Nullable String token) {
        var request = HttpRequest.newBuilder(server.resolve(path)).timeout(ANSWER);
        request.header("Accept", "application/json");
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        if (body == null) {
            request.method(method, BodyPublishers.noBody());
        } else {
            request.header("Content-Type", "application/json");
            request.method(method, BodyPublishers.ofString(written(body)));
        }
        try {
            var answer = http.send(request.build(), BodyHandlers.ofString());
            if (answer.statusCode() / 100 != 2) {
                throw refusal(answer);
            }
            return answer;
        } catch (IOException e) {
            throw new Refused("no answer from " + server + "; is Muster running there?", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Refused("interrupted while waiting for " + server, e);
        }
    }

    private static String written(Object body) {
        try {
            return JSON.writeValueAsString(body);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not a body: " + body.getClass(), e);
        }
    }

    private <T> T read(HttpResponse<String> answer, TypeReference<T> type) {
        try {
            return JSON.readValue(answer.body(), type);
        } catch (JsonProcessingException e) {
            throw new Refused(server + " answered with something else than Muster would", e);
        }
    }

    /** The problem document's own words, with the places it points at. */
    private static Refused refusal(HttpResponse<String> answer) {
        int status = answer.statusCode();
        var wordless = "the server answered with status " + status;
        try {
            var problem = JSON.readTree(answer.body());
            var said = new StringBuilder(problem.path("error").asText(wordless));
            for (JsonNode error : problem.path("errors")) {
                said.append(' ').append(error.path("pointer").asText());
                said.append(": ").append(error.path("message").asText());
            }
            return new Refused(status, problem.path("code").asText(""), said.toString());
        } catch (JsonProcessingException e) {
            return new Refused(status, "", wordless);
        }
    }
}
