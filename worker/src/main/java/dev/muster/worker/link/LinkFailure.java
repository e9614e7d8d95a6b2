package dev.muster.worker.link;

import org.jspecify.annotations.Nullable;

/** A request without an answer one can use. */
public final class LinkFailure extends Exception {

    private static final long serialVersionUID = 1L;

    /** What to make of it. */
    public enum Kind {
        /** The token was not accepted; another one may be. */
        UNAUTHORISED,
        /** The request makes no sense to the coordinator: repeating it will not help. */
        INVALID,
        /** A newer daemon is this machine now: stop. */
        REPLACED,
        /** A coordinator answered that it cannot serve this now: repeat. */
        UNAVAILABLE,
        /** Nobody answered: repeat. It may have been done all the same. */
        UNANSWERED
    }

    private final Kind kind;

    public LinkFailure(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public LinkFailure(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    /** Whether the same request may be answered later. */
    boolean mayPass() {
        return switch (kind) {
            case UNAUTHORISED, UNAVAILABLE, UNANSWERED -> true;
            case INVALID, REPLACED -> false;
        };
    }
}
