package dev.muster.coordinator.db;

import io.vertx.pgclient.PgException;

import java.util.Set;

/**
 * The database did not do what was asked, or not in time. A request that meets this may be repeated
 * later.
 */
public final class DatabaseFailure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private static final String UNIQUE_VIOLATION = "23505";

    /**
     * What is said of the rows at hand: bad data, a broken constraint, beyond a limit of the
     * server, and what a trigger of the operator's own raises. Per PostgreSQL's appendix A.
     */
    private static final Set<String> CLASSES_OF_REFUSAL = Set.of("22", "23", "54", "P0");

    DatabaseFailure(String doing, Throwable cause) {
        super("failed " + doing, cause);
    }

    /** Whether a row with the same key already exists; {@code constraint} names which key. */
    public boolean violates(String constraint) {
        return getCause() instanceof PgException e
                && UNIQUE_VIOLATION.equals(e.getSqlState())
                && constraint.equals(e.getConstraint());
    }

    /**
     * Whether the server judged the statement itself and refused it, so that repeating it cannot
     * help. False for a lost connection, a timeout, a full disk or a server that shuts down.
     */
    public boolean isRefusal() {
        return getCause() instanceof PgException e
                && e.getSqlState() != null
                && CLASSES_OF_REFUSAL.contains(e.getSqlState().substring(0, 2));
    }
}
