package dev.muster.coordinator.account.token;

import dev.muster.coordinator.account.Living;
import dev.muster.coordinator.account.Sessions;
import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.http.Role;
import dev.muster.coordinator.http.Scopes;
import dev.muster.protocol.pipeline.Fault;

import org.jspecify.annotations.Nullable;

import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Makes, lists, revokes and recognises personal access tokens. Thread-safe. */
public final class PersonalTokens {

    /** A new token and its text, which nobody sees again. */
    record Made(TokenStore.PersonalToken token, String text) {}

    private final Database database;
    private final TokenStore store;
    private final Sessions sessions;
    private final Living<String> living;

    public PersonalTokens(Database database, Sessions sessions) {
        this.database = database;
        this.store = new TokenStore(database);
        this.sessions = sessions;
        this.living = new Living<>(store::find);
    }

    /** Whether a bearer token is meant to be one of these. */
    static boolean isMeant(String text) {
        return text.startsWith(TokenText.PREFIX);
    }

    /** Whom the token lets in; empty if it is good no more, or never was. */
    Optional<Caller.Person> person(String text) {
        return TokenText.isOne(text) ? living.find(TokenText.hash(text)) : Optional.empty();
    }

    /**
     * Who makes a token must have logged in just now; so must who asks again for the text of one.
     *
     * @throws Problem 403
     */
    void demandFresh(Caller.Person person) {
        sessions.demandFresh(person);
    }

    /**
     * Makes a token.
     *
     * @param expiresAt when it ends by itself; null for never
     * @throws Problem 400 if it could never be used so, 403 without a fresh login, 409 if there are
     *     too many
     */
    Made create(
            Caller.Person person,
            String label,
            Set<String> scopes,
            @Nullable OffsetDateTime expiresAt,
            Actor by) {
        if (person.role() != Role.ADMIN && scopes.stream().anyMatch(Scopes::isAdmins)) {
            throw invalid("/scopes", "invalid_scopes", "Only admins have tokens for admin.");
        }
        if (expiresAt != null && !store.isAhead(expiresAt)) {
            throw invalid("/expiresAt", "invalid_time", "A token ends in the future.");
        }
        var text = TokenText.random();
        var token =
                database.inTransaction(
                        "making a personal token",
                        transaction -> {
                            Sessions.demandFresh(transaction, person);
                            return TokenStore.create(
                                            transaction,
                                            person.id(),
                                            label,
                                            TokenText.hash(text),
                                            scopes,
                                            expiresAt,
                                            by)
                                    .orElseThrow(PersonalTokens::tooMany);
                        });
        return new Made(token, text);
    }

    static Problem invalid(String pointer, String code, String sentence) {
        return Problem.badRequest(code, sentence, List.of(new Fault(pointer, code, sentence)));
    }

    private static Problem tooMany() {
        return Problem.conflict(
                "too_many_tokens",
                "You have %d tokens that are good. Revoke one first.".formatted(TokenStore.MOST));
    }

    List<TokenStore.PersonalToken> list(Caller.Person person, int limit, int offset) {
        return store.list(person.id(), limit, offset);
    }

    long count(Caller.Person person) {
        return store.count(person.id());
    }

    /**
     * Revokes one of the person's tokens; one that is revoked already stays so.
     *
     * @throws Problem 404 if it is not theirs
     */
    void revoke(Caller.Person person, long id, Actor by) {
        var revoked = store.revoke(id, person.id(), by);
        revoked.ifPresent(living::ended);
        if (revoked.isEmpty() && !store.exists(id, person.id())) {
            throw Problem.notFound("You have no token " + id + ".");
        }
    }
}
