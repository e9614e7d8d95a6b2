package dev.muster.coordinator.account.token;

import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.http.Callers;

import java.util.Optional;

/** Knows people by either kind of bearer token: of a login, or a personal one. Thread-safe. */
public final class Bearers implements Callers {

    private final Callers logins;
    private final PersonalTokens tokens;

    public Bearers(Callers logins, PersonalTokens tokens) {
        this.logins = logins;
        this.tokens = tokens;
    }

    @Override
    public Optional<Caller.Person> person(String token) {
        return PersonalTokens.isMeant(token) ? tokens.person(token) : logins.person(token);
    }

    @Override
    public Optional<Caller.Machine> machine(String token) {
        return logins.machine(token);
    }
}
