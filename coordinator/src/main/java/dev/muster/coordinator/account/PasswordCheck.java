package dev.muster.coordinator.account;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.http.Problem;
import dev.muster.protocol.pipeline.Fault;

import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Whether a password is somebody's, asked no faster than guessing may go. Thread-safe. */
public final class PasswordCheck {

    /** What developers can be called. */
    static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

    private final AccountStore store;
    private final Passwords passwords;
    private final Throttle throttle;

    public PasswordCheck(Database database, Passwords passwords, InstantSource clock) {
        this.store = new AccountStore(database);
        this.passwords = passwords;
        this.throttle = new Throttle(clock);
    }

    /**
     * How a login's password fits.
     *
     * @param developer who has the name, if anybody
     * @param matches whether it is their password; never for nobody
     */
    record Finding(Optional<AccountStore.Developer> developer, boolean matches) {}

    /**
     * Looks a name and a password up, in the same time whether the name is anybody's or not. Counts
     * as a failure until {@link #succeeded} is called.
     *
     * @throws Problem 429 if it comes too early, 503 if too many others wait already
     */
    Finding find(String name, String password, String address) {
        throttle.admit(name, address);
        var developer =
                NAME.matcher(name).matches()
                        ? store.developer(name)
                        : Optional.<AccountStore.Developer>empty();
        var stored = developer.map(AccountStore.Developer::passwordHash);
        return new Finding(developer, passwords.verify(password, stored));
    }

    void succeeded(String name, String address) {
        throttle.succeeded(name, address);
    }

    /**
     * Asks one who is logged in for their password again.
     *
     * @param pointer where it stands in what they sent
     * @return the stored hash that it fits, for a write that must not overtake another's
     * @throws Problem 400 if it is not theirs, 429 if it comes too early
     */
    public String demand(Caller.Person person, String password, String pointer, String address) {
        var finding = find(person.name(), password, address);
        var own = finding.developer().filter(developer -> developer.id() == person.id());
        if (!finding.matches() || own.isEmpty()) {
            throw Problem.badRequest(
                    "wrong_password",
                    "The current password is not right.",
                    List.of(
                            new Fault(
                                    pointer,
                                    "wrong_password",
                                    "This is not the current password.")));
        }
        succeeded(person.name(), address);
        return own.get().passwordHash();
    }
}
