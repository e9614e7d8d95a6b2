package dev.muster.coordinator.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Wire;

import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/** Two coordinators on one database and one key, over real HTTP. */
class AccountsIT {

    private static final String PASSWORD = TwoCoordinators.PASSWORD;

    @TempDir private static Path data;
    private static TwoCoordinators two;
    private static Database database;

    private final Wire here = two.here;
    private final Wire there = two.there;
    private final String name = two.developer("developer");

    @BeforeAll
    static void start() {
        two = new TwoCoordinators(data);
        database = two.database;
    }

    @AfterAll
    static void stop() {
        two.close();
    }

    @Test
    void aLoginOpensWhatItsRoleMayAndNoMore() {
        var access = login().getString("accessToken");
        assertThat(TwoCoordinators.status(here, access)).isEqualTo(200);
        assertThat(TwoCoordinators.status(there, access)).isEqualTo(200);
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
        two.clock.advance(Duration.ofSeconds(1));
        assertThat(login()).isNotNull();
    }

    @Test
    void aRefreshTokenIsTradedForTheNext() {
        var first = login().getString("refreshToken");
        var second = refresh(first).json();
        assertThat(TwoCoordinators.status(here, second.getString("accessToken"))).isEqualTo(200);
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
        assertThat(TwoCoordinators.status(here, login.getString("accessToken"))).isEqualTo(401);
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
        assertThat(TwoCoordinators.status(here, pair.getString("accessToken"))).isEqualTo(200);
        assertThat(refresh(real).status()).isEqualTo(200);
    }

    @Test
    void loggingOutEndsTheAccessTokenHereAtOnceAndElsewhereWithinASecond() {
        var pair = login();
        var access = pair.getString("accessToken");
        assertThat(TwoCoordinators.status(here, access)).isEqualTo(200);
        assertThat(TwoCoordinators.status(there, access)).isEqualTo(200);

        var reply =
                here.send(
                        "POST", "/api/auth/logout", access, token(pair.getString("refreshToken")));

        assertThat(reply.status()).isEqualTo(204);
        assertThat(TwoCoordinators.status(here, access)).isEqualTo(401);
        two.refusedWithinASecond(access);
        assertThat(refresh(pair.getString("refreshToken")).status()).isEqualTo(401);
    }

    @Test
    void aRefreshTokenOfAnothersSessionIsNotEndedByLoggingOut() {
        var mine = login();
        var others = two.login(two.developer("developer"));
        here.send(
                "POST",
                "/api/auth/logout",
                mine.getString("accessToken"),
                token(others.getString("refreshToken")));
        assertThat(TwoCoordinators.status(here, others.getString("accessToken"))).isEqualTo(200);
    }

    @Test
    void disablingADeveloperEndsTheirSessionsWithinASecond() {
        var pair = login();
        assertThat(TwoCoordinators.status(there, pair.getString("accessToken"))).isEqualTo(200);
        database.query(
                "disabling",
                "update developer set disabled_at = now() where name = $1",
                Tuple.of(name));
        two.refusedWithinASecond(pair.getString("accessToken"));
        assertThat(refresh(pair.getString("refreshToken")).status()).isEqualTo(401);
        assertThat(post("/api/auth/login", credentials(name, PASSWORD)).status()).isEqualTo(401);
    }

    private JsonObject login() {
        return two.login(name);
    }

    private Wire.Reply refresh(String token) {
        return post("/api/auth/refresh", token(token));
    }

    private Wire.Reply post(String path, String body) {
        return here.send("POST", path, null, body);
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
