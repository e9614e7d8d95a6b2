package dev.muster.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.coordinator.config.DatabaseConfig;
import dev.muster.coordinator.config.Listen;
import dev.muster.coordinator.config.RequestLimit;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.proof.Served;
import dev.muster.coordinator.proof.ServedContract;
import dev.muster.protocol.pipeline.Fault;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
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
    private static final ServedContract SERVED = new ServedContract(Contract.read());

    /** An answer names so many faults at most. */
    private static final int AT_ONCE = 15;

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

    /** Every operation that takes a body. */
    static Stream<Served> writes() {
        return SERVED.operations().stream().filter(one -> one.example().isPresent());
    }

    /** Every field that any schema knows, sent to every write: what is not its own is refused. */
    @ParameterizedTest
    @MethodSource("writes")
    void aWriteTakesItsOwnFieldsAndNoOthers(Served write) {
        var token = token(write);
        var address = address(write);
        var example = write.example().orElseThrow();
        assertThat(WIRE.send(write.method(), address, token, example.encode()).status())
                .isIn(200, 201);
        for (var place : Places.of(SERVED, write)) {
            var foreign = new ArrayList<>(List.of("role", "isAdmin", "__proto__", "createdBy"));
            foreign.addAll(SERVED.fields());
            foreign.removeAll(place.own());
            for (int i = 0; i < foreign.size(); i += AT_ONCE) {
                var some = foreign.subList(i, Math.min(i + AT_ONCE, foreign.size()));
                var body = example.copy();
                place.in(body).ifPresent(at -> some.forEach(field -> at.put(field, "x")));
                var reply = WIRE.send(write.method(), address, token, body.encode());
                isProblem(reply, 400, "invalid_request");
                assertThat(reply.json().getJsonArray("errors"))
                        .containsAll(some.stream().distinct().map(place::unknown).toList());
            }
        }
    }

    private static @Nullable String token(Served operation) {
        return switch (operation.access()) {
            case "open" -> null;
            case "worker" -> "machine";
            case String role -> role;
        };
    }

    /** Its path with values that have the right shape. */
    private static String address(Served operation) {
        var path = operation.path();
        for (var parameter : operation.parametersIn("path").toList()) {
            var value =
                    Stream.of("7", "shop", MACHINE, "A_SECRET")
                            .filter(text -> hasShape(parameter.schema(), text))
                            .findFirst()
                            .orElseThrow();
            path = path.replace("{" + parameter.name() + "}", value);
        }
        var query =
                operation
                        .parametersIn("query")
                        .filter(Served.Parameter::required)
                        .map(parameter -> parameter.name() + "=7")
                        .collect(Collectors.joining("&"));
        return query.isEmpty() ? path : path + "?" + query;
    }

    private static boolean hasShape(JsonObject schema, String text) {
        var isNumber = "integer".equals(schema.getString("type")) && text.matches("\\d+");
        return SERVED.faults(schema, isNumber ? Long.valueOf(text) : text).isEmpty();
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

    /**
     * Its body is there before anybody could ask for it; tried often, since who is first varies.
     */
    @Test
    void oneThatWouldUpgradeWhereNothingDoesIsAnsweredThoughItHasABody() {
        try (var connection = WIRE.connect()) {
            for (int i = 0; i < 300; i++) {
                var reply =
                        connection.raw(
                                "POST /api/health HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                                        + "Content-Length: 2\r\n\r\n{}");
                isProblem(reply, 405, "method_not_allowed");
            }
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
        return SERVED.operations().stream()
                .filter(operation -> operation.reads() && !operation.access().equals("open"))
                .map(ApiServerIT::address);
    }

    @Test
    void atLeastEightySpellingsAreTriedOnTenPaths() {
        assertThat(Set.copyOf(PathSpellings.of("/api/web/tasks"))).hasSizeGreaterThanOrEqualTo(80);
        assertThat(protectedPaths().distinct().count()).isGreaterThanOrEqualTo(10);
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
