package dev.muster.coordinator.account;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.http.Callers;
import dev.muster.coordinator.http.Credential;
import dev.muster.coordinator.http.Problem;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/** People's logins: begun by a password, prolonged by refreshing, ended by logging out. */
public final class Accounts implements Callers {

    private static final Logger log = LoggerFactory.getLogger(Accounts.class);

    /**
     * What a login or a refresh gives.
     *
     * @param oneTime whether the password was a one-time one, which must be replaced first
     */
    record Pair(String accessToken, String refreshToken, boolean oneTime) {}

    /** Who a login says to be, and by what. */
    record Claim(String name, String password, Optional<String> code) {}

    /** Why a login was refused; only the audit log is told more than the caller. */
    private enum Lack {
        PASSWORD,
        CODE,
        /** What was right when it was looked at has changed since. */
        STANDING;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final AccountStore store;
    private final Sessions sessions;
    private final Tokens tokens;
    private final RefreshTokens refreshTokens;
    private final PasswordCheck passwords;
    private final SecondFactor secondFactor;
    private final FailedLogins failures;

    /** What logins are made of. */
    public record Parts(
            Sessions sessions, Tokens tokens, PasswordCheck passwords, SecondFactor secondFactor) {}

    public Accounts(Database database, MasterKey master, Parts parts, InstantSource clock) {
        this.store = new AccountStore(database);
        this.sessions = parts.sessions();
        this.tokens = parts.tokens();
        this.refreshTokens = new RefreshTokens(master);
        this.passwords = parts.passwords();
        this.secondFactor = parts.secondFactor();
        this.failures = new FailedLogins(clock);
    }

    @Override
    public Optional<Caller.Person> person(String token) {
        return tokens.person(token).flatMap(this::alive);
    }

    private Optional<Caller.Person> alive(Caller.Person claimed) {
        return sessions.alive(claimed.session()).filter(person -> person.id() == claimed.id());
    }

    @Override
    public Optional<Caller.Machine> machine(String token) {
        return tokens.machine(token);
    }

    /**
     * Begins a session.
     *
     * @param by the address and the request it came with
     * @throws Problem 401, 429 or 503
     */
    Pair login(Claim claim, Actor by) {
        var address = String.valueOf(by.address());
        var finding = passwords.find(claim.name(), claim.password(), address);
        if (!finding.matches() || finding.developer().isEmpty()) {
            throw refused(claim, by, finding.developer(), Lack.PASSWORD);
        }
        var developer = finding.developer().get();
        var actor = developer.from(by);
        if (developer.hasSecondFactor()) {
            var code = claim.code().orElseThrow(Accounts::codeMissing);
            if (!secondFactor.accepts(developer.id(), code, actor)) {
                throw refused(claim, by, finding.developer(), Lack.CODE);
            }
        }
        var session = UUID.randomUUID();
        if (!sessions.store().begin(session, developer, actor)) {
            throw refused(claim, by, finding.developer(), Lack.STANDING);
        }
        passwords.succeeded(claim.name(), address);
        log.info("session begun developer={} session={}", developer.id(), session);
        return pair(developer.in(session), 1);
    }

    private static Problem codeMissing() {
        return Problem.unauthorized(
                "totp_required", "Send the code of your authenticator too, as totpCode.");
    }

    private Problem refused(
            Claim claim, Actor by, Optional<AccountStore.Developer> developer, Lack lack) {
        var address = String.valueOf(by.address());
        log.info(
                "login refused name={} address={} reason={}",
                printable(claim.name()),
                address,
                lack.word());
        failures.next(claim.name(), address)
                .ifPresent(
                        leftOut ->
                                store.noteFailure(
                                        by,
                                        developer.map(AccountStore.Developer::id).orElse(null),
                                        lack.word(),
                                        leftOut));
        return lack == Lack.CODE
                ? Problem.unauthorized(
                        "totp_invalid", "The code is not right, or was used already.")
                : Problem.unauthorized(
                        "invalid_credentials", "The name or the password is not right.");
    }

    /** Names are anything a stranger types; a log line stays one line of known words. */
    private static String printable(String name) {
        return PasswordCheck.NAME.matcher(name).matches() ? name : "?";
    }

    /**
     * The current token is traded for the next. The one before it is answered with that same next
     * one for 30 s, since the first answer may have been lost on its way. Whoever steals a token
     * and uses it within those seconds holds the same successor as its owner; the first of them to
     * use it makes the other's a reuse, which ends the session.
     */
    Pair refresh(String token, Actor by) {
        var use = refreshTokens.read(token).orElseThrow(Accounts::notValid);
        var advanced = sessions.store().advance(use.session(), use.generation());
        if (advanced.isPresent()) {
            return pair(advanced.get(), use.generation() + 1);
        }
        var standing = sessions.store().standing(use.session()).orElseThrow(Accounts::notValid);
        if (!standing.alive() || use.generation() >= standing.generation()) {
            // the latter only after the database was restored from before this token
            throw notValid();
        }
        if (use.generation() == standing.generation() - 1 && standing.recent()) {
            return pair(standing.person(), standing.generation());
        }
        sessions.endAsStolen(use.session(), by);
        log.warn(
                "session ended by a reused refresh token developer={} session={}",
                standing.person().id(),
                use.session());
        throw notValid();
    }

    /** Ends the caller's session, and the one of the refresh token if that is the caller's too. */
    void logout(Caller.Person person, String refreshToken, Actor by) {
        end(person, person.session(), by);
        refreshTokens
                .read(refreshToken)
                .map(RefreshTokens.Use::session)
                .filter(session -> !session.equals(person.session()))
                .ifPresent(session -> endOther(person, session, by));
    }

    private void endOther(Caller.Person person, UUID session, Actor by) {
        var owner = sessions.store().alive(session);
        if (owner.filter(someone -> someone.id() == person.id()).isPresent()) {
            end(person, session, by);
        }
    }

    private void end(Caller.Person person, UUID session, Actor by) {
        sessions.end(session, person.id(), by);
        log.info("session ended developer={} session={}", person.id(), session);
    }

    private Pair pair(Caller.Person person, int generation) {
        var oneTime =
                person.credential() instanceof Credential.Session session && session.oneTime();
        return new Pair(
                tokens.forPerson(person),
                refreshTokens.write(new RefreshTokens.Use(person.session(), generation)),
                oneTime);
    }

    private static Problem notValid() {
        return Problem.unauthorized(
                "token_invalid", "The refresh token is not valid here, or not any more.");
    }
}
