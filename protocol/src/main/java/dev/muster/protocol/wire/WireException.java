package dev.muster.protocol.wire;

/** A message or document that could not be written or read. The text quotes none of its content. */
public final class WireException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public WireException(String message) {
        super(message);
    }

    public WireException(String message, Throwable cause) {
        super(message, cause);
    }
}
