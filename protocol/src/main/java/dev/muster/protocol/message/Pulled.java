package dev.muster.protocol.message;

import dev.muster.protocol.wire.Versioned;

import java.util.List;

/**
 * Answer to {@link Pull}: at most its credit of attempts, each under a lease; none when the wait is
 * over.
 */
public record Pulled(int v, List<Assignment> assignments) implements Versioned {
    public Pulled {
        assignments = List.copyOf(assignments);
    }
}
