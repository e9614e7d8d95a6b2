package dev.muster.ops.terminal;

/** Why a verb cannot do what it was asked for: a sentence for the person, and what to do next. */
public final class Complaint extends RuntimeException {
    private static final long serialVersionUID = 1;

    public Complaint(String sentence) {
        super(sentence);
    }

    public Complaint(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}
