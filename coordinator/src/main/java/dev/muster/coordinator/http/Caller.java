package dev.muster.coordinator.http;

import java.util.UUID;

/** Who sent a request. */
public sealed interface Caller {

    /** Nobody said who; only open operations meet this one. */
    record Anonymous() implements Caller {}

    /**
     * A developer.
     *
     * @param credential what they were let in by
     */
    record Person(long id, String name, Role role, Credential credential) implements Caller {

        /** One who logged in with a password of their own. */
        public Person(long id, String name, Role role, UUID session) {
            this(id, name, role, new Credential.Session(session, false));
        }

        /**
         * The login that the token belongs to.
         *
         * @throws IllegalStateException if a personal access token let them in, as operations of
         *     the scope {@code session} never do
         */
        public UUID session() {
            if (credential instanceof Credential.Session session) {
                return session.id();
            }
            throw new IllegalStateException("the operation's scope does not demand a session");
        }

        /** Whether project membership does not matter to this person. */
        public boolean isAdmin() {
            return role == Role.ADMIN;
        }

        /**
         * Whether this person may know of machines, where they are only a part of what is shown.
         */
        public boolean seesMachines() {
            return role.includes(Role.LEAD)
                    && (!(credential instanceof Credential.PersonalToken token)
                            || Scopes.allow(token.scopes(), "machines:read"));
        }
    }

    /**
     * An enrolled machine's worker.
     *
     * @param generation how often the machine had recovered when the worker's token was made
     */
    record Machine(UUID id, int generation) implements Caller {}
}
