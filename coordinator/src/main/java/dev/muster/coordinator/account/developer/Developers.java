package dev.muster.coordinator.account.developer;

import dev.muster.coordinator.account.OneTimePassword;
import dev.muster.coordinator.account.Passwords;
import dev.muster.coordinator.account.Sessions;
import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.DatabaseFailure;
import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.http.Role;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/** What admins make of people's accounts. Thread-safe. */
public final class Developers {

    private static final Logger log = LoggerFactory.getLogger(Developers.class);

    /**
     * An account to be made.
     *
     * @param password the first one, to be replaced by its owner; empty lets Muster make one up
     */
    record Draft(
            String name, Optional<String> password, Role role, String gitName, String gitEmail) {}

    /**
     * An account, and its one-time password if one was just made up.
     *
     * @param password answered this once
     */
    record Outcome(Developer developer, Optional<String> password) {}

    private final Database database;
    private final DeveloperStore store;
    private final Passwords passwords;
    private final Sessions sessions;

    public Developers(Database database, Passwords passwords, Sessions sessions) {
        this.database = database;
        this.store = new DeveloperStore(database);
        this.passwords = passwords;
        this.sessions = sessions;
    }

    List<Developer> list(int limit, int offset) {
        return store.list(limit, offset);
    }

    long count() {
        return store.count();
    }

    /**
     * @throws Problem 404 if there is none such
     */
    Developer get(long id) {
        return store.find(id).orElseThrow(() -> missing(id));
    }

    /**
     * Makes an account.
     *
     * @throws Problem 400 if git or the rules of passwords refuse it, 409 if the name is taken
     */
    Outcome create(Draft draft, Actor by) {
        GitIdentity.check(Optional.of(draft.gitName()), Optional.of(draft.gitEmail()));
        draft.password().ifPresent(wanted -> mustBeFit("/password", draft.name(), wanted));
        var password = draft.password().orElseGet(OneTimePassword::random);
        var hash = passwords.hash(password);
        var id =
                named(
                        () ->
                                store.create(
                                        draft.name(),
                                        hash,
                                        draft.role(),
                                        draft.gitName(),
                                        draft.gitEmail(),
                                        by));
        log.info("developer made developer={} role={}", id, draft.role().word());
        return new Outcome(
                get(id), draft.password().isPresent() ? Optional.empty() : Optional.of(password));
    }

    static void mustBeFit(String pointer, String name, String password) {
        Passwords.fault(pointer, name, password)
                .ifPresent(
                        fault -> {
                            throw Problem.badRequest(fault.code(), fault.message(), List.of(fault));
                        });
    }

    /**
     * Changes an account.
     *
     * @param resetsPassword whether it gets a new one-time password
     * @throws Problem 400 if git refuses it; 403 if a password is reset without a fresh login; 404;
     *     409 if the name is taken, or no admin would be left
     */
    Outcome update(long id, Change wanted, boolean resetsPassword, Caller.Person admin, Actor by) {
        GitIdentity.check(
                Optional.ofNullable(wanted.gitName()), Optional.ofNullable(wanted.gitEmail()));
        if (!resetsPassword) {
            apply(id, wanted, by);
            return new Outcome(get(id), Optional.empty());
        }
        sessions.demandFresh(admin);
        var password = OneTimePassword.random();
        apply(id, wanted.withPassword(passwords.hash(password)), by);
        return new Outcome(get(id), Optional.of(password));
    }

    private void apply(long id, Change change, Actor by) {
        Function<Database.Transaction, Boolean> work =
                transaction -> {
                    if (change.mayTakeAdmin()
                            && DeveloperStore.holdAdmins(transaction).equals(Set.of(id))) {
                        throw Problem.conflict(
                                "last_admin", "This is the last admin. Make another one first.");
                    }
                    if (!DeveloperStore.update(transaction, id, change, by)) {
                        throw missing(id);
                    }
                    return true;
                };
        var doing = "changing a developer";
        named(
                () ->
                        change.endsSessions()
                                ? sessions.ending(doing, id, null, "changed by an admin", work)
                                : database.inTransaction(doing, work));
        log.info("developer changed developer={} by={}", id, by.id());
    }

    private static <T> T named(Supplier<T> write) {
        try {
            return write.get();
        } catch (DatabaseFailure e) {
            if (e.violates("developer_name_key")) {
                throw nameTaken();
            }
            throw e;
        }
    }

    private static Problem nameTaken() {
        return Problem.conflict("name_taken", "There is a developer of this name already.");
    }

    private static Problem missing(long id) {
        return Problem.notFound("There is no developer " + id + ".");
    }
}
