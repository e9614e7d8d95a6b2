package dev.muster.coordinator.http;

/** Whom an operation admits. The contract says the same in {@code x-access}, in one word. */
public sealed interface Access {

    /** Anyone, known or not. */
    Access OPEN = new Open();

    /** Every developer. */
    Access DEVELOPER = new People(Role.DEVELOPER);

    /** Leads and admins. */
    Access LEAD = new People(Role.LEAD);

    /** Admins only. */
    Access ADMIN = new People(Role.ADMIN);

    /** Workers of enrolled machines, and no person. */
    Access WORKER = new Workers();

    /** The word that the contract uses. */
    String word();

    /** Anyone; a token is not even looked at. */
    record Open() implements Access {
        @Override
        public String word() {
            return "open";
        }
    }

    /** People of a system role or a higher one. */
    record People(Role atLeast) implements Access {
        @Override
        public String word() {
            return atLeast.word();
        }
    }

    /** Workers only. */
    record Workers() implements Access {
        @Override
        public String word() {
            return "worker";
        }
    }
}
