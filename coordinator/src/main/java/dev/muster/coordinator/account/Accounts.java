package dev.muster.coordinator.account;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.http.Callers;
import dev.muster.coordinator.http.Problem;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;

/** People's logins: begun by a password, prolonged by refreshing, ended by logging out. */
public final class Accounts implements Callers {

    private static final Logger log = LoggerFactory.getLogger(Accounts.class);

    /** What a login or a refresh gives. */
    record Pair(String accessToken, String refreshToken) {}

    private final Database database;
    private final AccountStore store;
    private final Sessions sessions;
    private final Tokens tokens;
    private final RefreshTokens refreshTokens;
    private final Passwords passwords;
    private final Throttle throttle;

    public Accounts(
            Database database,
            MasterKey master,
            Tokens tokens,
            Passwords passwords,
            InstantSource clock) {
        this.database = database;
        this.store = new AccountStore(database);
        this.sessions = new Sessions(store::alive);
        this.tokens = tokens;
        this.refreshTokens = new RefreshTokens(master);
        this.passwords = passwords;
        this.throttle = new Throttle(clock);
    }

    /**
     * Makes the first account of an empty database, once, however many coordinators start together.
     *
     * @param data where its password is put, for its owner to read
     * @return the password, if the account was made just now
     */
    public Optional<String> ensureAdmin(Path data) {
        return new FirstAdmin(database, passwords).ensure(data);
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

    Pair login(String name, String password, String address) {
        throttle.admit(name, address);
        var developer = store.developer(name);
        var stored = developer.map(AccountStore.Developer::passwordHash);
        if (!passwords.verify(password, stored) || developer.isEmpty()) {
            log.info("login refused name={} address={}", printable(name), address);
            throw Problem.unauthorized(
                    "invalid_credentials", "The name or the password is not right.");
        }
        throttle.succeeded(name, address);
        var session = UUID.randomUUID();
        store.begin(session, developer.get().id());
        log.info("session begun developer={} session={}", developer.get().id(), session);
        return pair(developer.get().in(session), 1);
    }

    /** Names are anything a stranger types; a log line stays one line of known words. */
    private static String printable(String name) {
        return name.matches("[a-z0-9._-]{1,64}") ? name : "?";
    }

    /**
     * The current token is traded for the next. The one before it is answered with that same next
     * one for 30 s, since the first answer may have been lost on its way. Whoever steals a token
     * and uses it within those seconds holds the same successor as its owner; the first of them to
     * use it makes the other's a reuse, which ends the session.
     */
    Pair refresh(String token) {
        var use = refreshTokens.read(token).orElseThrow(Accounts::refused);
        var advanced = store.advance(use.session(), use.generation());
        if (advanced.isPresent()) {
            return pair(advanced.get(), use.generation() + 1);
        }
        var standing = store.standing(use.session()).orElseThrow(Accounts::refused);
        if (!standing.alive() || use.generation() >= standing.generation()) {
            // the latter only after the database was restored from before this token
            throw refused();
        }
        if (use.generation() == standing.generation() - 1 && standing.recent()) {
            return pair(standing.person(), standing.generation());
        }
        store.endAsStolen(use.session());
        sessions.ended(use.session());
        log.warn(
                "session ended by a reused refresh token developer={} session={}",
                standing.person().id(),
                use.session());
        throw refused();
    }

    /** Ends the caller's session, and the one of the refresh token if that is the caller's too. */
    void logout(Caller.Person person, String refreshToken) {
        end(person, person.session());
        refreshTokens
                .read(refreshToken)
                .map(RefreshTokens.Use::session)
                .filter(session -> !session.equals(person.session()))
                .ifPresent(session -> endOther(person, session));
    }

    private void endOther(Caller.Person person, UUID session) {
        if (store.alive(session).filter(owner -> owner.id() == person.id()).isPresent()) {
            end(person, session);
        }
    }

    private void end(Caller.Person person, UUID session) {
        store.end(session, person.id());
        sessions.ended(session);
        log.info("session ended developer={} session={}", person.id(), session);
    }

    private Pair pair(Caller.Person person, int generation) {
        return new Pair(
                tokens.forPerson(person),
                refreshTokens.write(new RefreshTokens.Use(person.session(), generation)));
    }

    private static Problem refused() {
        return Problem.unauthorized(
                "token_invalid", "The refresh token is not valid here, or not any more.");
    }
}
