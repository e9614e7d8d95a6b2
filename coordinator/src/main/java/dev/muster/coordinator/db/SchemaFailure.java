package dev.muster.coordinator.db;

/**
 * The database cannot be used by this version. The message is for a person and names what to do.
 */
public final class SchemaFailure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    SchemaFailure(String message) {
        super(message);
    }

    SchemaFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
