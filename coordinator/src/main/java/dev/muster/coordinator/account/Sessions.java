package dev.muster.coordinator.account;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.http.Problem;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/**
 * Logins that live. What ends one is known here at once, elsewhere within a second. Thread-safe.
 */
public final class Sessions {

    private final Database database;
    private final SessionStore store;
    private final Living<UUID> living;

    public Sessions(Database database) {
        this.database = database;
        this.store = new SessionStore(database);
        this.living = new Living<>(store::alive);
    }

    SessionStore store() {
        return store;
    }

    /** Whose session it is; empty if it has ended. */
    Optional<Caller.Person> alive(UUID session) {
        return living.find(session);
    }

    /**
     * Lets only those go on who logged in within the last ten minutes: whoever makes or changes a
     * credential must be more than someone at an unlocked screen.
     *
     * @throws Problem 403
     */
    public void demandFresh(Caller.Person person) {
        if (!store.isFresh(person.session())) {
            throw notFresh();
        }
    }

    /**
     * The same for what ends no sessions, right before it is done: nobody ends the session until
     * the transaction ends, so what an ended one asked for is never done.
     *
     * @throws Problem 403
     */
    public static void demandFresh(Database.Transaction transaction, Caller.Person person) {
        if (!SessionStore.isFresh(transaction, person.id(), person.session())) {
            throw notFresh();
        }
    }

    private static Problem notFresh() {
        return Problem.forbidden(
                "fresh_login_needed", "This needs a login of the last ten minutes. Log in again.");
    }

    /**
     * Changes what a developer logs in with, and ends their sessions in the same transaction.
     *
     * @param spared the one session that goes on, if any: the one that asks for the change
     * @param change throws to leave everything as it was
     * @throws Problem 403 if somebody else has just ended that one
     */
    public <T> T ending(
            String doing,
            long developer,
            @Nullable UUID spared,
            String reason,
            Function<Database.Transaction, T> change) {
        var ended = new ArrayList<UUID>();
        var result =
                database.inTransaction(
                        doing,
                        transaction -> {
                            var changed = change.apply(transaction);
                            ended.addAll(
                                    SessionStore.endAll(transaction, developer, spared, reason));
                            // whoever was thrown out meanwhile must not throw out the others
                            if (spared != null && !SessionStore.isOpen(transaction, spared)) {
                                throw notFresh();
                            }
                            return changed;
                        });
        forget(ended);
        if (spared != null) {
            living.changed(spared);
        }
        return result;
    }

    void end(UUID session, long developer, Actor by) {
        store.end(session, developer, by);
        living.ended(session);
    }

    void endAsStolen(UUID session, Actor by) {
        store.endAsStolen(session, by);
        living.ended(session);
    }

    private void forget(List<UUID> ended) {
        ended.forEach(living::ended);
    }
}
