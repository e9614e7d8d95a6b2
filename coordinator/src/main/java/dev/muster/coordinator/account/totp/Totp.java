package dev.muster.coordinator.account.totp;

import dev.muster.coordinator.account.MasterKey;
import dev.muster.coordinator.account.SecondFactor;
import dev.muster.coordinator.account.Sessions;
import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.time.Randomness;
import dev.muster.protocol.pipeline.Fault;

import org.bouncycastle.util.encoders.Base32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Turns second factors on and off, and asks for their codes. Thread-safe. */
public final class Totp implements SecondFactor {

    private static final Logger log = LoggerFactory.getLogger(Totp.class);

    private static final int SECRET_BYTES = 20;
    private static final Duration SHORTEST_WAIT = Duration.ofSeconds(1);

    /**
     * What an authenticator needs to know; shown this once.
     *
     * @param secret in base 32
     * @param uri the same for an authenticator to read
     */
    record Setup(String secret, String uri) {}

    private final TotpStore store;
    private final TotpSecrets secrets;
    private final Sessions sessions;

    public Totp(Database database, MasterKey master, Sessions sessions) {
        this.store = new TotpStore(database);
        this.secrets = new TotpSecrets(master);
        this.sessions = sessions;
    }

    @Override
    public boolean accepts(long developer, String code, Actor by) {
        var tried = store.tryOnce(developer);
        if (tried.isEmpty()) {
            throw tooEarly(store.untilNext(developer));
        }
        var normal = RecoveryCodes.normal(code);
        if (normal.length() != Codes.DIGITS) {
            return store.spendRecovery(developer, secrets.mac(developer, normal), by);
        }
        var secret = secrets.open(developer, tried.get().sealed());
        var step = Codes.stepOf(secret, normal, tried.get().now());
        return step.isPresent() && store.spend(developer, step.getAsLong());
    }

    /** Without a wait it was turned off, or its wait ended, in this very moment. */
    private static Problem tooEarly(Optional<Duration> wait) {
        return Problem.tooMany(
                "Too many codes that were not right. Wait before the next.",
                wait.orElse(SHORTEST_WAIT));
    }

    /**
     * Makes a secret that counts once a code of it was shown; one made before counts no more.
     *
     * @throws Problem 403 without a fresh login, 409 if a second factor is on
     */
    Setup setUp(Caller.Person person) {
        sessions.demandFresh(person);
        var secret = Randomness.bytes(SECRET_BYTES);
        if (!store.setUp(person.id(), secrets.seal(person.id(), secret))) {
            throw isOn();
        }
        var letters = Base32.toBase32String(secret);
        return new Setup(letters, uri(person.name(), letters));
    }

    /** As authenticators read it; see the key URI format of google-authenticator. */
    private static String uri(String name, String secret) {
        return "otpauth://totp/Muster:%s?secret=%s&issuer=Muster&algorithm=SHA1&digits=%d&period=%d"
                .formatted(
                        URLEncoder.encode(name, StandardCharsets.UTF_8),
                        secret,
                        Codes.DIGITS,
                        Codes.STEP_SECONDS);
    }

    /**
     * Turns the second factor on. Tries are not counted: whoever may try was shown the secret.
     *
     * @return the recovery codes, this once
     * @throws Problem 400 if the code is not right, 403 without a fresh login, 409 if there is
     *     nothing to turn on
     */
    List<String> turnOn(Caller.Person person, String code, Actor by) {
        sessions.demandFresh(person);
        var pending = store.pending(person.id()).orElseThrow(Totp::nothingPending);
        var secret = secrets.open(person.id(), pending.sealed());
        var step = Codes.stepOf(secret, RecoveryCodes.normal(code), pending.now());
        if (step.isEmpty()) {
            throw wrongCode();
        }
        var codes = RecoveryCodes.random();
        var macs =
                codes.stream()
                        .map(one -> secrets.mac(person.id(), RecoveryCodes.normal(one)))
                        .toList();
        sessions.ending(
                "turning a second factor on",
                person.id(),
                person.session(),
                "second factor turned on",
                transaction -> {
                    var done =
                            TotpStore.turnOn(
                                    transaction,
                                    person.id(),
                                    pending.sealed(),
                                    step.getAsLong(),
                                    macs,
                                    by);
                    if (!done) {
                        throw nothingPending();
                    }
                    return true;
                });
        log.info("second factor turned on developer={}", person.id());
        return codes;
    }

    /**
     * Turns the second factor off, by a code of it or a recovery code. The password was asked for
     * before.
     *
     * @throws Problem 400 if the code is not right, 403 without a fresh login, 409 if none is on,
     *     429 after too many wrong ones
     */
    void turnOff(Caller.Person person, String code, Actor by) {
        if (!store.isOn(person.id())) {
            throw Problem.conflict("totp_off", "There is no second factor to turn off.");
        }
        if (!accepts(person.id(), code, by)) {
            throw wrongCode();
        }
        remove(person.id(), person, "totp.disable", by);
    }

    /**
     * Removes a developer's second factor in whatever state it is, for one who has lost it.
     *
     * @throws Problem 403 without a fresh login, 404 if there is no such developer
     */
    void reset(long developer, Caller.Person admin, Actor by) {
        sessions.demandFresh(admin);
        if (!store.exists(developer)) {
            throw Problem.notFound("There is no developer " + developer + ".");
        }
        if (store.isOn(developer)) {
            remove(developer, admin, "totp.reset", by);
        }
    }

    private void remove(long developer, Caller.Person by, String action, Actor actor) {
        var spared = by.id() == developer ? by.session() : null;
        sessions.ending(
                "removing a second factor",
                developer,
                spared,
                "second factor removed",
                transaction -> TotpStore.remove(transaction, developer, action, actor));
        log.info("second factor removed developer={} by={}", developer, by.id());
    }

    private static Problem isOn() {
        return Problem.conflict("totp_on", "A second factor is on already. Turn it off first.");
    }

    private static Problem nothingPending() {
        return Problem.conflict("totp_not_set_up", "There is no new second factor. Set one up.");
    }

    private static Problem wrongCode() {
        return Problem.badRequest(
                "totp_invalid",
                "The code is not right, or was used already.",
                List.of(new Fault("/code", "totp_invalid", "Not a code of this moment.")));
    }
}
