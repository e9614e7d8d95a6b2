package dev.muster.coordinator.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.config.Listen;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.TestDatabase;
import dev.muster.coordinator.http.ApiServer;
import dev.muster.coordinator.http.Operations;
import dev.muster.coordinator.http.StubbedOperations;
import dev.muster.coordinator.http.Wire;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/** Two coordinators on one database and one key, over real HTTP. */
class AccountsIT {

    private static final String PASSWORD = "correct horse battery staple";
    private static final ManualClock CLOCK = new ManualClock();
    private static final Vertx VERTX = Vertx.vertx();
    private static final Passwords PASSWORDS = new Passwords();

    @TempDir private static Path data;
    private static Database database;
    private static ApiServer one;
    private static ApiServer two;

    private final Wire here = new Wire(one.port());
    private final Wire there = new Wire(two.port());
    private final String name = "u" + UUID.randomUUID().toString().substring(0, 8);

    @BeforeAll
    static void start() {
        database = Database.open(VERTX, TestDatabase.fresh());
        one = coordinator();
        two = coordinator();
    }

    private static ApiServer coordinator() {
        var master = MasterKey.open(data);
        var tokens = Tokens.open(VERTX, master, CLOCK);
        var accounts = new Accounts(database, master, tokens, PASSWORDS, CLOCK);
        var operations = new Operations();
        new AccountRoutes(accounts).bind(operations);
        StubbedOperations.fill(VERTX, operations);
        var server = new ApiServer(VERTX, new Listen("127.0.0.1", 0), operations, accounts);
        server.start();
        return server;
    }

    @AfterAll
    static void stop() {
        one.close();
        two.close();
        PASSWORDS.close();
        database.close();
        VERTX.close().await();
    }

    @BeforeEach
    void makeDeveloper() {
        database.query(
                "making a developer",
                """
                insert into developer (name, password_hash, role, git_name, git_email)
                values ($1, $2, 'developer', 'n', 'e')
                """,
                Tuple.of(name, PASSWORDS.hash(PASSWORD)));
    }

    @Test
    void aLoginOpensWhatItsRoleMayAndNoMore() {
        var access = login().getString("accessToken");
        assertThat(status(here, access)).isEqualTo(200);
        assertThat(status(there, access)).isEqualTo(200);
        assertThat(here.send("GET", "/api/admin/projects", access, null).status()).isEqualTo(403);
        assertThat(here.send("POST", "/api/workers/refresh-token", access, null).status())
                .isEqualTo(401);
    }

    @Test
    void aWrongPasswordAndAnUnknownUserGetTheSameAnswer() {
        var wrong = post("/api/auth/login", credentials(name, "wrong password"));
        var unknown = post("/api/auth/login", credentials("nobody", "wrong password"));
        assertThat(wrong.status()).isEqualTo(401);
        assertThat(unknown.status()).isEqualTo(401);
        assertThat(withoutRequestId(wrong)).isEqualTo(withoutRequestId(unknown));
    }

    @Test
    void guessingIsSlowedDown() {
        for (var i = 0; i < Throttle.FREE; i++) {
            assertThat(post("/api/auth/login", credentials(name, "guess " + i)).status())
                    .isEqualTo(401);
        }
        var early = post("/api/auth/login", credentials(name, PASSWORD));
        assertThat(early.status()).isEqualTo(429);
        assertThat(early.header("Retry-After")).isEqualTo("1");
        CLOCK.advance(Duration.ofSeconds(1));
        assertThat(login()).isNotNull();
    }

    @Test
    void aRefreshTokenIsTradedForTheNext() {
        var first = login().getString("refreshToken");
        var second = refresh(first).json();
        assertThat(status(here, second.getString("accessToken"))).isEqualTo(200);
        assertThat(second.getString("refreshToken")).isNotEqualTo(first);
        assertThat(refresh(second.getString("refreshToken")).status()).isEqualTo(200);
    }

    @Test
    void aLostAnswerCanBeAskedForAgain() {
        var first = login().getString("refreshToken");
        var answer = refresh(first).json();
        var again = there.send("POST", "/api/auth/refresh", null, token(first)).json();
        assertThat(again.getString("refreshToken")).isEqualTo(answer.getString("refreshToken"));
    }

    @Test
    void afterThirtySecondsReuseEndsTheSession() {
        var login = login();
        var first = login.getString("refreshToken");
        var second = refresh(first).json();
        database.query(
                "letting time pass", "update session set refreshed_at = now() - interval '31 s'");

        assertThat(refresh(first).status()).isEqualTo(401);

        assertThat(refresh(second.getString("refreshToken")).status()).isEqualTo(401);
        assertThat(status(here, login.getString("accessToken"))).isEqualTo(401);
        assertThat(incidents()).isEqualTo(1);
    }

    private long incidents() {
        return database.query(
                        "counting incidents",
                        """
                        select count(*)
                          from incident i
                          join developer d on d.id = (i.data ->> 'developer')::bigint
                         where d.name = $1
                        """,
                        Tuple.of(name))
                .iterator()
                .next()
                .getLong(0);
    }

    @Test
    void aTokenFromBeforeThePreviousEndsTheSessionAtOnce() {
        var first = login().getString("refreshToken");
        var second = refresh(first).json().getString("refreshToken");
        var third = refresh(second).json();
        assertThat(refresh(first).status()).isEqualTo(401);
        assertThat(refresh(third.getString("refreshToken")).status()).isEqualTo(401);
    }

    @Test
    void fiftyWhoRefreshOneTokenTogetherGetOneSuccessor() throws Exception {
        var first = login().getString("refreshToken");
        var together = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var successors =
                    IntStream.range(0, 50)
                            .mapToObj(i -> threads.submit(() -> successor(together, first, i)))
                            .toList();
            together.countDown();
            assertThat(successors).extracting(Future::get).containsOnly(successors.get(0).get());
            var generation =
                    database.query(
                            "reading the generation",
                            "select generation from session s join developer d on d.id ="
                                    + " s.developer_id where d.name = $1",
                            Tuple.of(name));
            assertThat(generation.iterator().next().getInteger(0)).isEqualTo(2);
        }
    }

    private String successor(CountDownLatch together, String token, int i)
            throws InterruptedException {
        together.await();
        var wire = i % 2 == 0 ? here : there;
        return wire.send("POST", "/api/auth/refresh", null, token(token))
                .json()
                .getString("refreshToken");
    }

    @Test
    void aMadeUpRefreshTokenEndsNothing() {
        var pair = login();
        var real = pair.getString("refreshToken");
        var forged = real.substring(0, 60) + "A".repeat(real.length() - 60);
        assertThat(refresh(forged).status()).isEqualTo(401);
        assertThat(status(here, pair.getString("accessToken"))).isEqualTo(200);
        assertThat(refresh(real).status()).isEqualTo(200);
    }

    @Test
    void loggingOutEndsTheAccessTokenHereAtOnceAndElsewhereWithinASecond() {
        var pair = login();
        var access = pair.getString("accessToken");
        assertThat(status(here, access)).isEqualTo(200);
        assertThat(status(there, access)).isEqualTo(200);

        var reply =
                here.send(
                        "POST", "/api/auth/logout", access, token(pair.getString("refreshToken")));

        assertThat(reply.status()).isEqualTo(204);
        assertThat(status(here, access)).isEqualTo(401);
        refusedWithinASecond(access);
        assertThat(refresh(pair.getString("refreshToken")).status()).isEqualTo(401);
    }

    @Test
    void aRefreshTokenOfAnothersSessionIsNotEndedByLoggingOut() {
        var mine = login();
        makeOther();
        var others = post("/api/auth/login", credentials("o" + name, PASSWORD)).json();
        here.send(
                "POST",
                "/api/auth/logout",
                mine.getString("accessToken"),
                token(others.getString("refreshToken")));
        assertThat(status(here, others.getString("accessToken"))).isEqualTo(200);
    }

    private void makeOther() {
        database.query(
                "making a developer",
                """
                insert into developer (name, password_hash, role, git_name, git_email)
                select 'o' || name, password_hash, role, 'n', 'e' from developer where name = $1
                """,
                Tuple.of(name));
    }

    @Test
    void disablingADeveloperEndsTheirSessionsWithinASecond() {
        var pair = login();
        assertThat(status(there, pair.getString("accessToken"))).isEqualTo(200);
        database.query(
                "disabling",
                "update developer set disabled_at = now() where name = $1",
                Tuple.of(name));
        refusedWithinASecond(pair.getString("accessToken"));
        assertThat(refresh(pair.getString("refreshToken")).status()).isEqualTo(401);
        assertThat(post("/api/auth/login", credentials(name, PASSWORD)).status()).isEqualTo(401);
    }

    /** Asks until refused: the bound is what is tested, so it is measured. */
    private void refusedWithinASecond(String access) {
        var begun = System.nanoTime();
        while (status(there, access) != 401) {
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .isLessThan(Duration.ofSeconds(2));
        }
    }

    private JsonObject login() {
        var reply = post("/api/auth/login", credentials(name, PASSWORD));
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        return reply.json();
    }

    private Wire.Reply refresh(String token) {
        return post("/api/auth/refresh", token(token));
    }

    private Wire.Reply post(String path, String body) {
        return here.send("POST", path, null, body);
    }

    private static int status(Wire wire, String access) {
        return wire.send("GET", "/api/web/tasks", access, null).status();
    }

    private static JsonObject withoutRequestId(Wire.Reply reply) {
        var document = reply.json();
        document.remove("requestId");
        return document;
    }

    private static String credentials(String name, String password) {
        return new JsonObject().put("username", name).put("password", password).encode();
    }

    private static String token(String refreshToken) {
        return new JsonObject().put("refreshToken", refreshToken).encode();
    }
}
