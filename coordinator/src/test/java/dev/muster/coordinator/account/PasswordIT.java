package dev.muster.coordinator.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.http.Wire;

import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** Passwords, who takes them away, and whom no old one lets in any more. */
class PasswordIT extends OnePerson {

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
}
