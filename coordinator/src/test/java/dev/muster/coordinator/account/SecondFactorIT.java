package dev.muster.coordinator.account;

import static org.assertj.core.api.Assertions.assertThat;

import com.eatthepath.otp.TimeBasedOneTimePasswordGenerator;

import dev.muster.coordinator.http.Wire;

import io.vertx.core.json.JsonArray;

import org.bouncycastle.util.encoders.Base32;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

import javax.crypto.spec.SecretKeySpec;

/** The codes without which a password is not enough. */
class SecondFactorIT extends OnePerson {

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
}
