package dev.muster.coordinator.gateway;

import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/** Who may have a connection, and for how long. Thread-safe. */
public interface Admission {

    /**
     * Whose a token is.
     *
     * @param left how long it is still good
     */
    record Admitted(UUID machine, Duration left) {}

    /** Whose {@code token} is; empty if it is no machine's, or not good any more. Cheap. */
    Optional<Admitted> admit(String token);
}
