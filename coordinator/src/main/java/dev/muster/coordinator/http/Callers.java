package dev.muster.coordinator.http;

import java.util.Optional;

/** Knows who holds a bearer token. Thread-safe; called for each request, so it must be cheap. */
public interface Callers {

    /** The person whose session the token belongs to, if the session lives. */
    Optional<Caller.Person> person(String token);

    /** The machine that the token was given to. */
    Optional<Caller.Machine> machine(String token);
}
