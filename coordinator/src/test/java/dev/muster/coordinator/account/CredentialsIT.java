package dev.muster.coordinator.account;

import static org.assertj.core.api.Assertions.assertThat;

import com.eatthepath.otp.TimeBasedOneTimePasswordGenerator;

import dev.muster.coordinator.http.Wire;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.bouncycastle.util.encoders.Base32;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

import javax.crypto.spec.SecretKeySpec;

/** What people log in with besides a password, and who takes it from them, on two coordinators. */
class CredentialsIT {

    private static final String TOKENS = "/api/web/profile/tokens";
    private static final String NEW_PASSWORD = "wrong mule charger paperclip";

    @TempDir private static Path data;
    private static TwoCoordinators two;

    private final String name = two.developer("developer");
    private final String access = two.access(name);

    @BeforeAll
    static void start() {
        two = new TwoCoordinators(data);
    }

    @AfterAll
    static void stop() {
        two.close();
    }

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
    void aChangedPasswordEndsAllOtherSessionsEverywhere() {
        var other = two.login(name);
        assertThat(TwoCoordinators.status(two.there, other.getString("accessToken")))
                .isEqualTo(200);
        assertThat(code(changePassword(access, "not my password"))).isEqualTo("wrong_password");
        assertThat(changePassword(access, TwoCoordinators.PASSWORD).status()).isEqualTo(204);

        two.refusedWithinASecond(other.getString("accessToken"));
        var refresh = new JsonObject().put("refreshToken", other.getString("refreshToken"));
        assertThat(two.there.send("POST", "/api/auth/refresh", null, refresh.encode()).status())
                .isEqualTo(401);
        assertThat(TwoCoordinators.status(two.here, access)).isEqualTo(200);
        assertThat(TwoCoordinators.login(two.there, name, TwoCoordinators.PASSWORD, null).status())
                .isEqualTo(401);
        assertThat(TwoCoordinators.login(two.there, name, NEW_PASSWORD, null).status())
                .isEqualTo(200);
        assertThat(two.audited("password.change", name)).isEqualTo(1);
    }

    @Test
    void aNewDeveloperReplacesTheOneTimePasswordBeforeAnythingElse() {
        var admin = two.access(two.developer("admin"));
        var wanted =
                new JsonObject().put("name", "n" + name).put("gitName", "N").put("gitEmail", "n@x");
        var made = two.send("POST", "/api/admin/developers", admin, wanted).json();
        assertThat(two.send("POST", "/api/admin/developers", admin, wanted).status())
                .isEqualTo(409);
        assertThat(made.getBoolean("mustChangePassword")).isTrue();
        var password = made.getString("oneTimePassword");

        var login = TwoCoordinators.login(two.here, "n" + name, password, null).json();
        assertThat(login.getBoolean("mustChangePassword")).isTrue();
        var first = login.getString("accessToken");
        for (var path : List.of("/api/web/tasks", "/api/web/profile", TOKENS)) {
            assertThat(code(two.send("GET", path, first, null)))
                    .isEqualTo("password_change_needed");
        }
        assertThat(code(put(first, password, password))).isEqualTo("password_unchanged");
        assertThat(put(first, password, "n" + name + "1").status()).isEqualTo(400);
        assertThat(put(first, password, NEW_PASSWORD).status()).isEqualTo(204);
        assertThat(TwoCoordinators.status(two.here, first)).isEqualTo(200);
        assertThat(
                        TwoCoordinators.login(two.here, "n" + name, NEW_PASSWORD, null)
                                .json()
                                .fieldNames())
                .doesNotContain("mustChangePassword");
    }

    @Test
    void aResetPasswordEndsSessionsAndRunsOutUnused() {
        var admin = two.access(two.developer("admin"));
        var reset =
                two.send(
                        "PUT", developer(name), admin, new JsonObject().put("resetPassword", true));
        var password = reset.json().getString("oneTimePassword");
        two.refusedWithinASecond(access);
        var login = TwoCoordinators.login(two.there, name, password, null).json();
        two.query("update developer set one_time_until = now() where name = $1", name);
        two.refusedWithinASecond(login.getString("accessToken"));
        assertThat(TwoCoordinators.login(two.there, name, password, null).status()).isEqualTo(401);
    }

    @Test
    void whoIsDisabledIsOutWithinASecondAndComesBackWithoutOldSessions() {
        var admin = two.access(two.developer("admin"));
        var text = token(access, new JsonObject().put("label", "t")).json().getString("token");
        assertThat(TwoCoordinators.status(two.there, access)).isEqualTo(200);
        assertThat(TwoCoordinators.status(two.there, text)).isEqualTo(200);
        assertThat(
                        two.send(
                                        "PUT",
                                        developer(name),
                                        admin,
                                        new JsonObject().put("disabled", true))
                                .status())
                .isEqualTo(200);
        two.refusedWithinASecond(access);
        two.refusedWithinASecond(text);
        assertThat(TwoCoordinators.login(two.here, name, TwoCoordinators.PASSWORD, null).status())
                .isEqualTo(401);
        two.send("PUT", developer(name), admin, new JsonObject().put("disabled", false));
        assertThat(two.access(name)).isNotEmpty();
        two.refusedWithinASecond(access);
        assertThat(
                        two.number(
                                "select count(*) from audit_entry where action = 'developer.update'"
                                        + " and target_id = $1 and data -> 'disabled' = '[false,"
                                        + " true]'",
                                Long.toString(two.id(name))))
                .isEqualTo(1);
    }

    @Test
    void twoAdminsWhoDemoteEachOtherLeaveOne() {
        for (var round = 0; round < 5; round++) {
            var ann = two.developer("admin");
            var bob = two.developer("admin");
            two.query(
                    "update developer set role = 'developer' where name not in ($1, $2)", ann, bob);
            var annsToken = two.access(ann);
            var bobsToken = two.access(bob);
            var demote = new JsonObject().put("role", "lead").encode();
            var disable = new JsonObject().put("disabled", true).encode();
            var replies =
                    together(
                            () -> two.here.send("PUT", developer(bob), annsToken, demote),
                            () -> two.there.send("PUT", developer(ann), bobsToken, disable));
            assertThat(replies).extracting(Wire.Reply::status).containsOnlyOnce(200);
            assertThat(
                            two.number(
                                    "select count(*) from developer where role = 'admin' and"
                                            + " disabled_at is null"))
                    .isEqualTo(1);
        }
    }

    @Test
    void theLastAdminCannotStepDown() {
        var admin = two.developer("admin");
        two.query("update developer set role = 'developer' where name <> $1", admin);
        var reply =
                two.send(
                        "PUT",
                        developer(admin),
                        two.access(admin),
                        new JsonObject().put("role", "lead"));
        assertThat(code(reply)).isEqualTo("last_admin");
        assertThat(
                        two.send(
                                        "PUT",
                                        developer(admin),
                                        two.access(admin),
                                        new JsonObject().put("role", "admin").put("gitName", "Ann"))
                                .status())
                .isEqualTo(200);
    }

    @Test
    void withASecondFactorThereIsNoTokenWithoutItsCode() {
        var other = two.access(name);
        var secret = setUp();
        assertThat(
                        code(
                                two.send(
                                        "POST",
                                        "/api/web/profile/totp/verify",
                                        access,
                                        code(codeOf(secret, -5)))))
                .isEqualTo("totp_invalid");
        assertThat(two.access(name)).as("not on yet").isNotEmpty();
        var used = codeOf(secret, 0);
        turnOnBy(used);
        two.refusedWithinASecond(other);
        assertThat(TwoCoordinators.status(two.here, access)).isEqualTo(200);

        var missing = TwoCoordinators.login(two.here, name, TwoCoordinators.PASSWORD, null);
        assertThat(code(missing)).isEqualTo("totp_required");
        assertThat(missing.status()).isEqualTo(401);
        assertThat(missing.body()).doesNotContain("accessToken");
        assertThat(code(TwoCoordinators.login(two.here, name, "guess", null)))
                .isEqualTo("invalid_credentials");
        assertThat(code(TwoCoordinators.login(two.here, name, "guess", codeOf(secret, 0))))
                .isEqualTo("invalid_credentials");
        assertThat(code(TwoCoordinators.login(two.here, name, TwoCoordinators.PASSWORD, used)))
                .as("used to turn it on")
                .isEqualTo("totp_invalid");
        forgetSteps();
        assertThat(
                        TwoCoordinators.login(
                                        two.here, name, TwoCoordinators.PASSWORD, codeOf(secret, 0))
                                .status())
                .isEqualTo(200);
        assertThat(code(two.send("POST", "/api/web/profile/totp/setup", access, null)))
                .isEqualTo("totp_on");
        assertThat(two.audited("totp.enable", name)).isEqualTo(1);
        assertThat(
                        two.query("select secret from totp where developer_id = $1", two.id(name))
                                .getFirst()
                                .getBuffer(0)
                                .toString(StandardCharsets.ISO_8859_1))
                .doesNotContain(new String(Base32.decode(secret), StandardCharsets.ISO_8859_1));
    }

    @Test
    void oneCodeSentTwiceAtOnceToTwoCoordinatorsLetsOneIn() {
        var secret = setUp();
        var recovery = turnOn(secret);
        for (var round = 0; round < 5; round++) {
            forgetSteps();
            var code = codeOf(secret, 0);
            assertThat(loginTwice(code)).containsOnlyOnce(200);
            var spare = recovery.getString(round);
            assertThat(loginTwice(spare)).containsOnlyOnce(200);
            assertThat(loginTwice(spare)).doesNotContain(200);
            two.query(
                    "update totp set tries = 0, not_before = null where developer_id = $1",
                    two.id(name));
        }
        assertThat(two.audited("recovery_code.use", name)).isEqualTo(5);
    }

    private List<Integer> loginTwice(String code) {
        return together(
                        () -> TwoCoordinators.login(two.here, name, TwoCoordinators.PASSWORD, code),
                        () ->
                                TwoCoordinators.login(
                                        two.there, name, TwoCoordinators.PASSWORD, code))
                .stream()
                .map(Wire.Reply::status)
                .toList();
    }

    @Test
    void guessingCodesIsSlowedDownOnAllCoordinatorsTogether() {
        var secret = setUp();
        turnOn(secret);
        for (var i = 0; i < 5; i++) {
            var wire = i % 2 == 0 ? two.here : two.there;
            assertThat(
                            code(
                                    TwoCoordinators.login(
                                            wire,
                                            name,
                                            TwoCoordinators.PASSWORD,
                                            codeOf(secret, 9 + i))))
                    .isEqualTo("totp_invalid");
        }
        forgetSteps();
        var early =
                TwoCoordinators.login(two.there, name, TwoCoordinators.PASSWORD, codeOf(secret, 0));
        assertThat(early.status()).isEqualTo(429);
        assertThat(Integer.parseInt(Objects.requireNonNull(early.header("Retry-After"))))
                .isBetween(20, 30);
        two.query("update totp set not_before = now() where developer_id = $1", two.id(name));
        assertThat(
                        TwoCoordinators.login(
                                        two.there,
                                        name,
                                        TwoCoordinators.PASSWORD,
                                        codeOf(secret, 0))
                                .status())
                .isEqualTo(200);
    }

    @Test
    void aSecondFactorIsTurnedOffByPasswordAndCodeOrResetByAnAdmin() {
        var secret = setUp();
        var recovery = turnOn(secret);
        var off = code(recovery.getString(0)).put("currentPassword", "not my password");
        assertThat(code(two.send("DELETE", "/api/web/profile/totp", access, off)))
                .isEqualTo("wrong_password");
        off.put("currentPassword", TwoCoordinators.PASSWORD).put("code", codeOf(secret, 9));
        assertThat(code(two.send("DELETE", "/api/web/profile/totp", access, off)))
                .isEqualTo("totp_invalid");
        off.put("code", recovery.getString(0));
        assertThat(two.send("DELETE", "/api/web/profile/totp", access, off).status())
                .isEqualTo(204);
        assertThat(two.access(name)).isNotEmpty();
        assertThat(code(two.send("DELETE", "/api/web/profile/totp", access, off)))
                .isEqualTo("totp_off");

        turnOn(setUp());
        var admin = two.access(two.developer("admin"));
        assertThat(two.send("PUT", developer(name) + "/reset-totp", admin, null).status())
                .isEqualTo(204);
        two.refusedWithinASecond(access);
        assertThat(two.access(name)).isNotEmpty();
        assertThat(two.send("PUT", "/api/admin/developers/999999/reset-totp", admin, null).status())
                .isEqualTo(404);
    }

    @Test
    void whatCommitsSayOfOneIsOneLine() {
        for (var evil : List.of("a\nb", "a <b", "a> b", "\0", " ", "x\u202e", "a".repeat(101))) {
            var reply =
                    two.send(
                            "PUT",
                            "/api/web/profile",
                            access,
                            new JsonObject().put("gitName", evil).put("gitEmail", "a@b"));
            assertThat(reply.status()).as(evil).isEqualTo(400);
        }
        var reply =
                two.send(
                        "PUT",
                        "/api/web/profile",
                        access,
                        new JsonObject().put("gitEmail", "änn@x.org"));
        assertThat(reply.json().getString("gitEmail")).isEqualTo("änn@x.org");
        assertThat(reply.json().getString("gitName")).isEqualTo("n");
        assertThat(
                        two.send(
                                        "PUT",
                                        "/api/web/profile",
                                        access,
                                        new JsonObject().put("role", "admin"))
                                .status())
                .isEqualTo(400);
    }

    @Test
    void aFloodOfFailedLoginsIsAFewEntries() {
        for (var i = 0; i < 9; i++) {
            TwoCoordinators.login(two.here, name, "guess " + i, null);
        }
        assertThat(failures()).isEqualTo(1);
        two.clock.advance(Duration.ofMinutes(1));
        TwoCoordinators.login(two.here, name, "guess", null);
        assertThat(failures()).isEqualTo(2);
        assertThat(TwoCoordinators.login(two.here, "no name", "guess", null).status())
                .isEqualTo(401);
    }

    private long failures() {
        return two.number(
                "select count(*) from audit_entry where action = 'login.failed' and outcome ="
                        + " 'denied' and target_id = $1",
                Long.toString(two.id(name)));
    }

    private String setUp() {
        var reply = two.send("POST", "/api/web/profile/totp/setup", access, null);
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.json().getString("uri")).contains(reply.json().getString("secret"));
        return reply.json().getString("secret");
    }

    private JsonArray turnOn(String secret) {
        return turnOnBy(codeOf(secret, 0));
    }

    private JsonArray turnOnBy(String code) {
        var reply = two.send("POST", "/api/web/profile/totp/verify", access, code(code));
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        var codes = reply.json().getJsonArray("recoveryCodes");
        assertThat(codes).hasSize(10);
        return codes;
    }

    /** Lets a code be used again, where waiting for the next would take half a minute. */
    private void forgetSteps() {
        two.query("update totp set last_step = 0 where developer_id = $1", two.id(name));
    }

    private static String codeOf(String secret, int steps) {
        try {
            var key = new SecretKeySpec(Base32.decode(secret), "HmacSHA1");
            return new TimeBasedOneTimePasswordGenerator()
                    .generateOneTimePasswordString(key, Instant.now().plusSeconds(30L * steps));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private Wire.Reply token(String bearer, JsonObject body) {
        return two.send("POST", TOKENS, bearer, body);
    }

    private static Wire.Reply changePassword(String bearer, String current) {
        return put(bearer, current, NEW_PASSWORD);
    }

    private static Wire.Reply put(String bearer, String current, String wanted) {
        var body = new JsonObject().put("currentPassword", current).put("newPassword", wanted);
        return two.send("PUT", "/api/web/profile/password", bearer, body);
    }

    private static JsonObject code(String code) {
        return new JsonObject().put("code", code);
    }

    private static @Nullable String code(Wire.Reply refusal) {
        assertThat(refusal.status()).as(refusal.body()).isGreaterThanOrEqualTo(400);
        return refusal.json().getString("code");
    }

    private static List<String> pointers(Wire.Reply refusal) {
        return refusal.json().getJsonArray("errors").stream()
                .map(fault -> ((JsonObject) fault).getString("pointer"))
                .toList();
    }

    @Test
    void noSessionThatAnOldPasswordBeganOutlivesTheChange() {
        var calls = oldLogins();
        calls.add(1, () -> changePassword(access, TwoCoordinators.PASSWORD));

        var replies = together(calls);

        assertThat(replies.get(1).status()).isEqualTo(204);
        assertThat(replies).extracting(Wire.Reply::status).isSubsetOf(200, 204, 401);
        assertThat(open()).isEqualTo(1);
        assertThat(TwoCoordinators.status(two.here, access)).isEqualTo(200);
    }

    @Test
    void noSessionOutlivesThatItsDeveloperWasDisabled() {
        var admin = two.access(two.developer("admin"));
        var disabled = new JsonObject().put("disabled", true);
        var calls = oldLogins();
        calls.add(1, () -> two.send("PUT", developer(name), admin, disabled));

        var replies = together(calls);

        assertThat(replies.get(1).status()).isEqualTo(200);
        assertThat(replies).extracting(Wire.Reply::status).isSubsetOf(200, 401);
        assertThat(open()).isZero();
    }

    /** As many, on both coordinators, as need not wait for each other. */
    private List<Callable<Wire.Reply>> oldLogins() {
        var calls = new ArrayList<Callable<Wire.Reply>>();
        for (int i = 0; i < 3; i++) {
            var wire = i % 2 == 0 ? two.here : two.there;
            calls.add(() -> TwoCoordinators.login(wire, name, TwoCoordinators.PASSWORD, null));
        }
        return calls;
    }

    /** How many sessions of theirs nobody ended. */
    private long open() {
        return two.number(
                "select count(*) from session where ended_at is null and developer_id = $1",
                two.id(name));
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

    private static String developer(String name) {
        return "/api/admin/developers/" + two.id(name);
    }

    @SafeVarargs
    private static List<Wire.Reply> together(Callable<Wire.Reply>... calls) {
        var all = new ArrayList<Callable<Wire.Reply>>();
        for (var call : calls) {
            all.add(call);
        }
        return together(all);
    }

    private static List<Wire.Reply> together(List<Callable<Wire.Reply>> calls) {
        var start = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var replies =
                    IntStream.range(0, calls.size())
                            .mapToObj(
                                    i ->
                                            threads.submit(
                                                    () -> {
                                                        start.await();
                                                        return calls.get(i).call();
                                                    }))
                            .toList();
            start.countDown();
            return replies.stream().map(CredentialsIT::result).toList();
        }
    }

    private static Wire.Reply result(Future<Wire.Reply> pending) {
        try {
            return pending.get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }
}
