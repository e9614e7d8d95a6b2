package dev.muster.coordinator;

/** Why a coordinator could not start: one sentence for the person who started it. */
public final class StartFailure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    StartFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
