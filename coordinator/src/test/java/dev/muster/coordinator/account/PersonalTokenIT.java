package dev.muster.coordinator.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.http.Wire;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;

/** Tokens that people make for themselves, and what none is made without. */
class PersonalTokenIT extends OnePerson {

    @Test
    void aPersonalTokenActsWithinItsScopesAndItsOwnersRole() {
        var made =
                token(
                                access,
                                new JsonObject()
                                        .put("label", "reads")
                                        .put("scopes", JsonArray.of("tasks:read", "profile:write")))
                        .json();
        var text = made.getString("token");
        assertThat(text).matches("mst_pat_[0-9A-Za-z]{36}");
        assertThat(TwoCoordinators.status(two.there, text)).isEqualTo(200);

        assertThat(code(two.send("POST", "/api/web/tasks", text, new JsonObject())))
                .isEqualTo("scope_missing");
        assertThat(two.send("GET", "/api/web/profile", text, null).status()).isEqualTo(200);
        assertThat(code(token(text, new JsonObject().put("label", "more"))))
                .isEqualTo("session_needed");
        assertThat(code(two.send("GET", "/api/admin/developers", text, null)))
                .isEqualTo("forbidden");
        assertThat(two.send("POST", "/api/workers/refresh-token", text, null).status())
                .isEqualTo(401);
        assertThat(two.audited("token.create", name)).isEqualTo(1);
        assertThat(
                        two.number(
                                "select count(*) from personal_token where hash = sha256($1::bytea)"
                                        + " and position($2 in personal_token::text) = 0",
                                Buffer.buffer(text),
                                text.substring(8, 38)))
                .isEqualTo(1);
    }

    @Test
    void whatOnlyAdminsDoMustBeAskedFor() {
        var admin = two.access(two.developer("admin"));
        var plain = token(admin, new JsonObject().put("label", "plain")).json();
        assertThat(code(two.send("GET", "/api/admin/developers", plain.getString("token"), null)))
                .isEqualTo("scope_missing");
        var wanted =
                new JsonObject().put("label", "rules").put("scopes", JsonArray.of("admin:write"));
        var ruling = token(admin, wanted).json().getString("token");
        assertThat(two.send("GET", "/api/admin/developers", ruling, null).status()).isEqualTo(200);
        assertThat(code(two.send("PUT", "/api/admin/developers/1/reset-totp", ruling, null)))
                .isEqualTo("session_needed");
        assertThat(pointers(token(access, wanted))).containsExactly("/scopes");
    }

    @Test
    void aRevokedOrExpiredTokenIsRefusedWithinASecondEverywhere() {
        var first = token(access, new JsonObject().put("label", "first")).json();
        var second =
                token(
                                access,
                                new JsonObject()
                                        .put("label", "second")
                                        .put(
                                                "expiresAt",
                                                OffsetDateTime.now(ZoneOffset.UTC)
                                                        .plusYears(1)
                                                        .toString()))
                        .json();
        for (var text : List.of(first.getString("token"), second.getString("token"))) {
            assertThat(TwoCoordinators.status(two.here, text)).isEqualTo(200);
            assertThat(TwoCoordinators.status(two.there, text)).isEqualTo(200);
        }
        var stranger = two.access(two.developer("admin"));
        var revoke = TOKENS + "/" + first.getLong("id") + "/revoke";
        assertThat(two.send("POST", revoke, stranger, null).status()).isEqualTo(404);
        assertThat(two.send("POST", revoke, access, null).status()).isEqualTo(204);
        assertThat(TwoCoordinators.status(two.here, first.getString("token"))).isEqualTo(401);
        two.refusedWithinASecond(first.getString("token"));
        assertThat(two.send("POST", revoke, access, null).status()).isEqualTo(204);
        assertThat(two.audited("token.revoke", name)).isEqualTo(1);

        two.query(
                "update personal_token set expires_at = now() where id = $1", second.getLong("id"));
        two.refusedWithinASecond(second.getString("token"));

        var list = two.send("GET", TOKENS, access, null).json();
        assertThat(list.getLong("total")).isEqualTo(2);
        assertThat(list.getJsonArray("items").getJsonObject(1).fieldNames())
                .contains("revokedAt", "lastUsedAt")
                .doesNotContain("token");
    }

    @Test
    void theUseOfATokenIsWrittenAtMostOnceAMinute() {
        var made = token(access, new JsonObject().put("label", "used")).json();
        var id = made.getLong("id");
        lastUsed(id, "30 s");
        assertThat(TwoCoordinators.status(two.here, made.getString("token"))).isEqualTo(200);
        assertThat(secondsSinceUse(id)).isGreaterThanOrEqualTo(30);
        lastUsed(id, "61 s");
        assertThat(TwoCoordinators.status(two.there, made.getString("token"))).isEqualTo(200);
        assertThat(secondsSinceUse(id)).isLessThan(30);
    }

    private static void lastUsed(long id, String ago) {
        two.query(
                "update personal_token set last_used_at = now() - interval '"
                        + ago
                        + "' where id = $1",
                id);
    }

    private static long secondsSinceUse(long id) {
        return two.number(
                "select extract(epoch from now() - last_used_at)::bigint from personal_token"
                        + " where id = $1",
                id);
    }

    @Test
    void nonsenseIsNoToken() {
        for (var body :
                List.of(
                        new JsonObject().put("label", "x").put("expiresAt", "tomorrow"),
                        new JsonObject().put("label", "x").put("expiresAt", "2020-01-01T00:00:00Z"),
                        new JsonObject()
                                .put("label", "x")
                                .put("expiresAt", "+999999999-01-01T00:00:00Z"),
                        new JsonObject().put("label", "x").put("scopes", new JsonArray()),
                        new JsonObject().put("label", "x").put("scopes", JsonArray.of("root")),
                        new JsonObject().put("label", "x\0"),
                        new JsonObject().put("label", ""))) {
            assertThat(token(access, body).status()).as(body.encode()).isEqualTo(400);
        }
        assertThat(TwoCoordinators.status(two.here, "mst_pat_" + "A".repeat(36))).isEqualTo(401);
    }

    @Test
    void whoDidNotLogInJustNowChangesNoCredential() {
        var admin = two.access(two.developer("admin"));
        two.query(
                "update session set created_at = now() - interval '11 minutes' where developer_id"
                        + " in ($1, $2)",
                two.id(name),
                two.number("select max(id) from developer where role = 'admin'"));
        for (var refused :
                List.of(
                        token(access, new JsonObject().put("label", "x")),
                        changePassword(access, TwoCoordinators.PASSWORD),
                        two.send("POST", "/api/web/profile/totp/setup", access, null),
                        two.send("POST", "/api/web/profile/totp/verify", access, code("000000")),
                        two.send(
                                "DELETE",
                                "/api/web/profile/totp",
                                access,
                                code("000000").put("currentPassword", TwoCoordinators.PASSWORD)),
                        two.send("PUT", developer(name) + "/reset-totp", admin, null),
                        two.send(
                                "PUT",
                                developer(name),
                                admin,
                                new JsonObject().put("resetPassword", true)))) {
            assertThat(code(refused)).isEqualTo("fresh_login_needed");
        }
    }

    @Test
    void aSessionThatIsEndedMeanwhileMakesNoTokenAndChangesNoPassword() {
        long id = two.id(name);
        for (Callable<Wire.Reply> asked :
                List.<Callable<Wire.Reply>>of(
                        () -> token(access, new JsonObject().put("label", "late")),
                        () -> changePassword(access, TwoCoordinators.PASSWORD))) {
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                var reply =
                        two.database.inTransaction(
                                "testing",
                                transaction -> {
                                    SessionStore.endAll(transaction, id, null, "tested");
                                    var pending = threads.submit(asked);
                                    awaitOneThatWaits();
                                    return pending;
                                });

                assertThat(code(result(reply))).isEqualTo("fresh_login_needed");
            }
            two.query(
                    "update session set ended_at = null, ended_reason = null where developer_id ="
                            + " $1",
                    id);
        }
        assertThat(two.number("select count(*) from personal_token where developer_id = $1", id))
                .isZero();
        assertThat(two.audited("password.change", name)).isZero();
    }

    private static void awaitOneThatWaits() {
        var begun = System.nanoTime();
        while (two.number(
                        "select count(*) from pg_stat_activity where datname = current_database()"
                                + " and wait_event_type = 'Lock'")
                == 0) {
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .as("nobody waits for who ends the session")
                    .isLessThan(Duration.ofSeconds(4));
        }
    }
}
