package dev.muster.ops.client;

/** The coordinator's no, in its own words; or its silence. */
public final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;
    private final String code;

    Refused(int status, String code, String sentence) {
        super(sentence);
        this.status = status;
        this.code = code;
    }

    Refused(String sentence, Throwable cause) {
        super(sentence, cause);
        this.status = 0;
        this.code = "";
    }

    /** The HTTP status; 0 when there was no answer. */
    public int status() {
        return status;
    }

    /** What the coordinator calls it, such as {@code totp_required}; empty if it did not say. */
    public String code() {
        return code;
    }
}
