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
    private static final String QUERY_CANCELED = "57014";

    /** Bad data, and a broken constraint. Per PostgreSQL's appendix A, as are all these. */
    private static final Set<String> REFUSALS = Set.of("22", "23");

    /** Also what is beyond a limit, and what a trigger of the operator's own raises. */
    private static final Set<String> OF_ROWS = Set.of("22", "23", "54", "P0");

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
        return isOf(REFUSALS);
    }

    /** Whether the server stopped the statement since it took longer than it may. */
    public boolean isOutOfTime() {
        return getCause() instanceof PgException e && QUERY_CANCELED.equals(e.getSqlState());
    }

    /**
     * Whether it may be for single rows that the statement failed, so that it may succeed without
     * them. Repeated later it may succeed with them too.
     */
    public boolean mayBeOfRows() {
        return isOf(OF_ROWS);
    }

    private boolean isOf(Set<String> classes) {
        return getCause() instanceof PgException e
                && e.getSqlState() != null
                && classes.contains(e.getSqlState().substring(0, 2));
    }
}
