package dev.muster.ops.client;

/** The coordinator's no, in its own words; or its silence. */
public final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;

    Refused(int status, String sentence) {
        super(sentence);
        this.status = status;
    }

    Refused(String sentence, Throwable cause) {
        super(sentence, cause);
        this.status = 0;
    }

    /** The HTTP status; 0 when there was no answer. */
    public int status() {
        return status;
    }
}
