package dev.muster.coordinator.account.developer;

import dev.muster.coordinator.account.PasswordCheck;
import dev.muster.coordinator.account.Passwords;
import dev.muster.coordinator.account.Sessions;
import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.http.Problem;
import dev.muster.protocol.pipeline.Fault;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.Optional;

/** What people see and change of their own account. Thread-safe. */
public final class Profiles {

    private static final Logger log = LoggerFactory.getLogger(Profiles.class);

    /**
     * An account as its owner sees it.
     *
     * @param recoveryCodes how many are left
     */
    record Profile(Developer developer, long recoveryCodes) {}

    private final DeveloperStore store;
    private final Passwords passwords;
    private final PasswordCheck check;
    private final Sessions sessions;

    public Profiles(
            Database database, Passwords passwords, PasswordCheck check, Sessions sessions) {
        this.store = new DeveloperStore(database);
        this.passwords = passwords;
        this.check = check;
        this.sessions = sessions;
    }

    Profile get(Caller.Person person) {
        var developer =
                store.find(person.id())
                        .orElseThrow(() -> new IllegalStateException("developers stay for good"));
        // they come and go with the second factor
        return new Profile(developer, developer.hasTotp() ? store.recoveryCodes(person.id()) : 0);
    }

    /**
     * Changes what commits say of the person.
     *
     * @throws Problem 400 if git refuses it
     */
    Profile update(
            Caller.Person person, Optional<String> gitName, Optional<String> gitEmail, Actor by) {
        GitIdentity.check(gitName, gitEmail);
        store.describe(person.id(), gitName, gitEmail, by);
        return get(person);
    }

    /**
     * Replaces the person's password and ends all their sessions but this one.
     *
     * @throws Problem 400 if the current password is not right or the new one not fit, 403 without
     *     a fresh login, 409 if another change was faster, 429
     */
    void changePassword(
            Caller.Person person, String currentPassword, String newPassword, Actor by) {
        sessions.demandFresh(person);
        Developers.mustBeFit("/newPassword", person.name(), newPassword);
        var address = String.valueOf(by.address());
        var oldHash = check.demand(person, currentPassword, "/currentPassword", address);
        if (passwords.verify(newPassword, Optional.of(oldHash))) {
            throw Problem.badRequest(
                    "password_unchanged",
                    "This is the current password.",
                    List.of(
                            new Fault(
                                    "/newPassword", "password_unchanged", "Choose another one.")));
        }
        var newHash = passwords.hash(newPassword);
        sessions.ending(
                "changing a password",
                person.id(),
                person.session(),
                "password changed",
                transaction -> {
                    var changed =
                            DeveloperStore.changePassword(
                                    transaction, person.id(), oldHash, newHash, by);
                    if (!changed) {
                        throw Problem.conflict(
                                "password_changed", "The password was changed in this moment.");
                    }
                    return true;
                });
        log.info("password changed developer={}", person.id());
    }
}
