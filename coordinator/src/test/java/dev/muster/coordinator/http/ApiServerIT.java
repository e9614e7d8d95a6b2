package dev.muster.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.coordinator.config.DatabaseConfig;
import dev.muster.coordinator.config.Listen;
import dev.muster.coordinator.config.RequestLimit;
import dev.muster.coordinator.db.Database;
import dev.muster.protocol.pipeline.Fault;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

class ApiServerIT {

    private static final Vertx VERTX = Vertx.vertx();
    private static final Database UNREACHABLE =
            Database.open(
                    VERTX,
                    new DatabaseConfig(
                            "127.0.0.1",
                            1,
                            "none",
                            "none",
                            "none",
                            false,
                            2,
                            Duration.ofSeconds(1)));
    private static final Health HEALTH =
            new Health("1.2.3", List.of(new Health.Check("never", () -> false)));
    private static final ApiServer SERVER = start();
    private static final Wire WIRE = new Wire(SERVER.port());
    private static final String MACHINE = "5b0f7c1e-2d7a-4c0e-9a52-0f6f1f3b7a11";

    private static ApiServer start() {
        var operations =
                new Operations()
                        .on("createTask", Access.DEVELOPER, ApiServerIT::echo)
                        .on("listTasks", Access.DEVELOPER, call -> fail(call.query("project")))
                        .on(
                                "getTask",
                                Access.DEVELOPER,
                                call -> askDatabase(call.pathNumber("id")));
        HEALTH.bind(operations);
        StubbedOperations.fill(VERTX, operations);
        var server =
                new ApiServer(
                        VERTX,
                        new Listen("127.0.0.1", 0),
                        operations,
                        ByWord.edge(RequestLimit.NONE));
        server.start();
        return server;
    }

    private static Answer echo(Call call) {
        return Answer.created("/api/web/tasks/1", call.body());
    }

    private static Answer fail(Optional<String> how) {
        if (how.isEmpty()) {
            return Answer.ok(new JsonObject());
        }
        if (how.get().equals("gone")) {
            throw Problem.badRequest(
                    "bad_pipeline", "No.", List.of(new Fault("/pipeline/0", "c", "m")));
        }
        throw new IllegalStateException("select secret from /etc/passwd");
    }

    private static Answer askDatabase(long id) {
        UNREACHABLE.query("asking for " + id, "select 1");
        return Answer.noContent();
    }

    @AfterAll
    static void close() {
        SERVER.close();
        SERVER.close();
        UNREACHABLE.close();
        VERTX.close().await();
    }

    @Test
    void theContractIsServedAsItWasWritten() {
        var reply = WIRE.send("GET", "/openapi.json", null, null);
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.json()).isEqualTo(Contract.read());
    }

    @Test
    void healthTellsStrangersNoMoreThanReadiness() {
        var reply = WIRE.send("GET", "/api/health", null, null);
        assertThat(reply.json())
                .isEqualTo(
                        new JsonObject()
                                .put("status", "ok")
                                .put("version", "1.2.3")
                                .put("ready", false));
    }

    @Test
    void aServerWithAnUnboundOperationDoesNotStart() {
        var server =
                new ApiServer(
                        VERTX,
                        new Listen("127.0.0.1", 0),
                        new Operations(),
                        ByWord.edge(RequestLimit.NONE));
        assertThatThrownBy(server::start)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("login is in the contract and not bound");
        server.close();
    }

    @ParameterizedTest
    @CsvSource({
        "GET,/api/web/machines,,401,token_missing",
        "GET,/api/web/machines,nonsense,401,token_invalid",
        "GET,/api/web/machines,developer,403,forbidden",
        "GET,/api/web/machines,machine,401,token_invalid",
        "GET,/api/admin/projects,lead,403,forbidden",
        "POST,/api/workers/refresh-token,admin,401,token_invalid",
        "GET,/nowhere,,404,not_found",
        "GET,/api/web/tasks/0,developer,404,not_found",
        "GET,/api/web/tasks/x,developer,404,not_found",
        "GET,/api/web/tasks/01,developer,404,not_found",
        "GET,/api/web/tasks/99999999999999999999,developer,404,not_found",
        "GET,/api/admin/projects/UPPER,admin,404,not_found",
        "DELETE,/api/web/tasks,developer,405,method_not_allowed",
        "PUT,/api/web/tasks/1/cancel,developer,405,method_not_allowed",
        "GET,/api/web/tasks?limit=0,developer,400,invalid_request",
        "GET,/api/web/tasks?limit=201,developer,400,invalid_request",
        "GET,/api/web/tasks?limit=1e2,developer,400,invalid_request",
        "GET,/api/web/tasks?offset=-1,developer,400,invalid_request",
        "GET,/api/web/tasks?limit=5&limit=6,developer,400,invalid_request",
        "GET,/api/web/tasks?status=queued,developer,400,invalid_request",
        "GET,/api/web/tasks?colour=red,developer,400,invalid_request",
        "GET,/api/web/tasks?project=a%00b,developer,400,invalid_request",
        "GET,/api/web/tasks?project=%zz,developer,400,invalid_request",
        "GET,/api/web/tasks?project=gone,developer,400,bad_pipeline",
        "GET,/api/web/tasks?project=boom,developer,500,internal_error",
        "GET,/api/web/tasks/5,developer,503,unavailable"
    })
    void everyRefusalIsAProblemDocument(
            String method, String path, String token, int status, String code) {
        var reply = WIRE.send(method, path, token, null);
        isProblem(reply, status, code);
    }

    @Test
    void aWrongMethodIsToldTheRightOnes() {
        assertThat(WIRE.send("DELETE", "/api/web/tasks", "developer", null).header("Allow"))
                .isEqualTo("GET, POST");
    }

    @Test
    void anOutageSaysWhenToComeBackAndNothingElse() {
        var reply = WIRE.send("GET", "/api/web/tasks/5", "developer", null);
        assertThat(reply.header("Retry-After")).isEqualTo("2");
        assertThat(reply.body()).doesNotContain("select", "127.0.0.1", "asking");
    }

    @Test
    void anAccidentShowsNothingOfItself() {
        var reply = WIRE.send("GET", "/api/web/tasks?project=boom", "developer", null);
        assertThat(reply.body()).doesNotContain("select", "passwd", "Exception", "at dev.");
    }

    @Test
    void aRoomsFaultsReachTheCaller() {
        var reply = WIRE.send("GET", "/api/web/tasks?project=gone", "developer", null);
        assertThat(reply.json().getJsonArray("errors"))
                .isEqualTo(
                        JsonArray.of(
                                new JsonObject()
                                        .put("pointer", "/pipeline/0")
                                        .put("code", "c")
                                        .put("message", "m")));
    }

    static Stream<String> writes() {
        return Contract.read().getJsonObject("paths").stream()
                .filter(ApiServerIT::takesBody)
                .map(Map.Entry::getKey);
    }

    private static boolean takesBody(Map.Entry<String, Object> path) {
        var post = ((JsonObject) path.getValue()).getJsonObject("post");
        return post != null && post.containsKey("requestBody");
    }

    /** Every field that any schema knows, sent to every write: what is not its own is refused. */
    @ParameterizedTest
    @MethodSource("writes")
    void aWriteTakesItsOwnFieldsAndNoOthers(String path) {
        var post = Contract.read().getJsonObject("paths").getJsonObject(path).getJsonObject("post");
        var content = post.getJsonObject("requestBody").getJsonObject("content");
        var json = content.getJsonObject("application/json");
        var example = json.getJsonObject("example");
        var token =
                switch (post.getString("x-access")) {
                    case "open" -> null;
                    case "worker" -> "machine";
                    case String role -> role;
                };
        var address =
                path.replace("{id}", path.contains("/machines/") ? MACHINE : "7")
                        .replace("{key}", "shop");
        assertThat(WIRE.send("POST", address, token, example.encode()).status()).isIn(200, 201);
        for (var field : foreignFields(json.getJsonObject("schema").getString("$ref"))) {
            var reply = WIRE.send("POST", address, token, example.copy().put(field, "x").encode());
            isProblem(reply, 400, "invalid_request");
            assertThat(reply.json().getJsonArray("errors"))
                    .contains(
                            new JsonObject()
                                    .put("pointer", "/" + field)
                                    .put("code", "unknown_field")
                                    .put("message", "This field is not known here."));
        }
    }

    private static List<String> foreignFields(String own) {
        var schemas = Contract.read().getJsonObject("components").getJsonObject("schemas");
        var fields = new ArrayList<>(List.of("role", "isAdmin", "__proto__", "id", "createdBy"));
        for (var name : schemas.fieldNames()) {
            var properties = schemas.getJsonObject(name).getJsonObject("properties");
            if (properties != null) {
                fields.addAll(properties.fieldNames());
            }
        }
        var ownName = own.substring(own.lastIndexOf('/') + 1);
        fields.removeAll(schemas.getJsonObject(ownName).getJsonObject("properties").fieldNames());
        return fields.stream().distinct().toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"projectKey\":\"shop\"}|missing_field|",
                "{\"projectKey\":\"-\",\"description\":\"d\"}|invalid_pattern|/projectKey",
                "{\"projectKey\":\"shop\",\"description\":\"\"}|invalid_min_length|/description",
                "{\"projectKey\":\"shop\",\"description\":5}|invalid_type|/description",
                "{\"projectKey\":\"shop\",\"description\":null}|invalid_type|/description",
                "{\"projectKey\":\"shop\",\"description\":\"d\",\"priority\":101}|invalid_maximum|/priority",
                "{\"projectKey\":\"shop\",\"description\":\"d\",\"priority\":1.5}|invalid_type|/priority",
                "{\"projectKey\":\"shop\",\"description\":\"d\",\"machineId\":\"m\"}|invalid_pattern|/machineId",
                "[]|invalid_type|",
                "\"text\"|invalid_type|",
                "5|invalid_type|"
            })
    void aFaultIsPointedAt(String body, String code, String pointer) {
        var reply = WIRE.send("POST", "/api/web/tasks", "developer", body);
        isProblem(reply, 400, "invalid_request");
        var fault = reply.json().getJsonArray("errors").getJsonObject(0);
        assertThat(fault.getString("code")).isEqualTo(code);
        assertThat(fault.getString("pointer")).isEqualTo(pointer == null ? "" : pointer);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "null",
                "{}x",
                "{\"a\":}",
                "{'a':1}",
                "{\"a\":\"\\u0000\"}",
                "NaN",
                "\u0000"
            })
    void whatIsNoJsonIsRefused(String body) {
        isProblem(WIRE.send("POST", "/api/web/tasks", "developer", body), 400, "invalid_json");
    }

    @Test
    void nestingIsBounded() {
        var deep = "{\"projectKey\":" + "[".repeat(100_000);
        isProblem(WIRE.send("POST", "/api/web/tasks", "developer", deep), 400, "invalid_json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "application/x-www-form-urlencoded", "application/jsonp"})
    void onlyJsonIsRead(String type) {
        var reply = WIRE.send("POST", "/api/web/tasks", "developer", "{}", type);
        isProblem(reply, 415, "unsupported_media_type");
    }

    @Test
    void aBodyOfJustTheLimitIsReadAndOneByteMoreIsNot() {
        var frame = "{\"projectKey\":\"shop\",\"description\":\"d\"}";
        var most = frame + " ".repeat(Body.MOST_BYTES - frame.length());
        assertThat(WIRE.send("POST", "/api/web/tasks", "developer", most).status()).isEqualTo(201);
        var tooMany = most + " ";
        isProblem(
                WIRE.send("POST", "/api/web/tasks", "developer", tooMany),
                413,
                "content_too_large");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aClientThatSendsTooMuchHearsSoAndMayGoOn(boolean chunked) {
        try (var connection = WIRE.connect()) {
            var reply = connection.post("/api/web/tasks", "developer", 2 << 20, chunked);
            isProblem(reply, 413, "content_too_large");
            assertThat(connection.get("/api/health").status()).isEqualTo(200);
        }
    }

    @Test
    void aStrangersBodyIsNotAnsweredWithABrokenConnection() {
        try (var connection = WIRE.connect()) {
            isProblem(
                    connection.post("/api/web/tasks", "stranger", 2 << 20, true),
                    401,
                    "token_invalid");
            assertThat(connection.get("/api/health").status()).isEqualTo(200);
        }
    }

    @Test
    void aBodyBeyondAllReasonEndsTheConnection() {
        try (var connection = WIRE.connect()) {
            var reply =
                    connection.raw(
                            "POST /api/web/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer"
                                    + " developer\r\nContent-Type: application/json\r\n"
                                    + "Content-Length: 99999999999\r\n\r\n");
            isProblem(reply, 413, "content_too_large");
            assertThat(reply.header("Connection")).isEqualTo("close");
        }
    }

    @Test
    void aClientThatAsksBeforeSendingIsToldNo() {
        try (var connection = WIRE.connect()) {
            var reply =
                    connection.raw(
                            "POST /api/web/tasks HTTP/1.1\r\nHost: x\r\nContent-Type:"
                                    + " application/json\r\nExpect: 100-continue\r\n"
                                    + "Content-Length: 100\r\n\r\n");
            isProblem(reply, 401, "token_missing");
        }
    }

    @Test
    void headersBeyondTheLimitAreAProblem() {
        try (var connection = WIRE.connect()) {
            isProblem(
                    connection.raw(
                            "GET / HTTP/1.1\r\nHost: x\r\nX: " + "x".repeat(9000) + "\r\n\r\n"),
                    431,
                    "headers_too_large");
        }
    }

    @Test
    void whatIsNoHttpIsAProblem() {
        try (var connection = WIRE.connect()) {
            isProblem(connection.raw("GARBAGE\r\n\r\n"), 400, "invalid_request");
        }
    }

    static Stream<String> protectedPaths() {
        return Stream.of(
                "/api/admin/projects",
                "/api/admin/projects/shop",
                "/api/admin/worker-tokens",
                "/api/web/machines",
                "/api/web/tasks",
                "/api/web/tasks/7",
                "/api/web/tasks/7/events",
                "/api/web/tasks/7/logs");
    }

    /** However the path is written, nobody without a token reaches what it may stand for. */
    @ParameterizedTest
    @MethodSource("protectedPaths")
    void noSpellingOfAPathGoesRoundTheGate(String path) {
        for (var spelling : PathSpellings.of(path)) {
            try (var connection = WIRE.connect()) {
                var reply = connection.raw("GET " + spelling + " HTTP/1.1\r\nHost: x\r\n\r\n");
                assertThat(reply.status()).as(spelling).isIn(400, 401, 404);
                isProblem(reply, reply.status(), reply.json().getString("code"));
            }
        }
    }

    private static void isProblem(Wire.Reply reply, int status, String code) {
        assertThat(reply.status()).as(reply.body()).isEqualTo(status);
        assertThat(reply.header("Content-Type")).isEqualTo("application/problem+json");
        var document = reply.json();
        assertThat(document.getString("code")).isEqualTo(code);
        assertThat(document.getInteger("status")).isEqualTo(status);
        assertThat(document.fieldNames())
                .contains("type", "title", "error", "requestId")
                .isSubsetOf(
                        "type",
                        "title",
                        "status",
                        "code",
                        "error",
                        "detail",
                        "errors",
                        "requestId");
    }
}
