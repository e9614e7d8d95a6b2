package dev.muster.coordinator.http;

import java.util.Set;
import java.util.UUID;

/** What a person was let in by. */
public sealed interface Credential {

    /**
     * An access token of a login.
     *
     * @param oneTime whether the password was a one-time one that has not been replaced since: then
     *     nothing may be done but that
     */
    record Session(UUID id, boolean oneTime) implements Credential {}

    /**
     * A personal access token.
     *
     * @param scopes what it is good for; see {@link Scopes}
     */
    record PersonalToken(long id, Set<String> scopes) implements Credential {
        public PersonalToken {
            scopes = Set.copyOf(scopes);
        }
    }
}
