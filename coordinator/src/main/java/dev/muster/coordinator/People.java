package dev.muster.coordinator;

import dev.muster.coordinator.account.AccountRoutes;
import dev.muster.coordinator.account.Accounts;
import dev.muster.coordinator.account.FirstAdmin;
import dev.muster.coordinator.account.MasterKey;
import dev.muster.coordinator.account.PasswordCheck;
import dev.muster.coordinator.account.Passwords;
import dev.muster.coordinator.account.Sessions;
import dev.muster.coordinator.account.Tokens;
import dev.muster.coordinator.account.developer.DeveloperRoutes;
import dev.muster.coordinator.account.developer.Developers;
import dev.muster.coordinator.account.developer.ProfileRoutes;
import dev.muster.coordinator.account.developer.Profiles;
import dev.muster.coordinator.account.token.Bearers;
import dev.muster.coordinator.account.token.PersonalTokens;
import dev.muster.coordinator.account.token.TokenRoutes;
import dev.muster.coordinator.account.totp.Totp;
import dev.muster.coordinator.account.totp.TotpRoutes;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Callers;
import dev.muster.coordinator.http.Operations;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;

/** The rooms of people's accounts, and how they hang together. */
final class People implements AutoCloseable {

    private final Passwords passwords = new Passwords();
    private final FirstAdmin firstAdmin;
    private final Callers callers;
    private final AccountRoutes logins;
    private final TotpRoutes secondFactors;
    private final ProfileRoutes profiles;
    private final TokenRoutes personalTokens;
    private final DeveloperRoutes developers;

    People(Database database, MasterKey master, Tokens tokens, InstantSource clock) {
        var sessions = new Sessions(database);
        var check = new PasswordCheck(database, passwords, clock);
        var totp = new Totp(database, master, sessions);
        var accounts =
                new Accounts(
                        database, master, new Accounts.Parts(sessions, tokens, check, totp), clock);
        var personal = new PersonalTokens(database, sessions);
        firstAdmin = new FirstAdmin(database, passwords);
        callers = new Bearers(accounts, personal);
        logins = new AccountRoutes(accounts);
        secondFactors = new TotpRoutes(totp, sessions, check);
        profiles = new ProfileRoutes(new Profiles(database, passwords, check, sessions));
        personalTokens = new TokenRoutes(personal);
        developers = new DeveloperRoutes(new Developers(database, passwords, sessions));
    }

    void bind(Operations operations) {
        logins.bind(operations);
        secondFactors.bind(operations);
        profiles.bind(operations);
        personalTokens.bind(operations);
        developers.bind(operations);
    }

    /** Knows who holds a bearer token. */
    Callers callers() {
        return callers;
    }

    /**
     * Makes the first account of an empty database.
     *
     * @param data where its password is put
     * @return the password, if it was made just now
     */
    Optional<String> ensureAdmin(Path data) {
        return firstAdmin.ensure(data);
    }

    @Override
    public void close() {
        passwords.close();
    }
}
