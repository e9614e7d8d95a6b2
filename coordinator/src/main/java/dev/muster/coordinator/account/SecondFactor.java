package dev.muster.coordinator.account;

import dev.muster.coordinator.audit.Actor;

/** What a login needs besides the password, if its developer turned that on. */
@FunctionalInterface
public interface SecondFactor {

    /**
     * Uses a code up.
     *
     * @param by whose it is
     * @return false if it is not right, or was used before
     * @throws dev.muster.coordinator.http.Problem 429 after too many that were not right
     */
    boolean accepts(long developer, String code, Actor by);
}
