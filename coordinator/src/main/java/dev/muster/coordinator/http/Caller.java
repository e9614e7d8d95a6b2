package dev.muster.coordinator.http;

import java.util.UUID;

/** Who sent a request. */
public sealed interface Caller {

    /** Nobody said who; only open operations meet this one. */
    record Anonymous() implements Caller {}

    /**
     * A developer who logged in.
     *
     * @param session the login that the token belongs to
     */
    record Person(long id, String name, Role role, UUID session) implements Caller {

        /** Whether project membership does not matter to this person. */
        public boolean isAdmin() {
            return role == Role.ADMIN;
        }
    }

    /** An enrolled machine's worker. */
    record Machine(UUID id) implements Caller {}
}
