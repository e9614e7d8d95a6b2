package dev.muster.worker.identity;

/**
 * The daemon cannot be, or go on being, the machine it is meant to be. The message is one sentence
 * for the person who runs it; trying again will not help.
 */
public final class IdentityException extends Exception {

    private static final long serialVersionUID = 1L;

    IdentityException(String sentence) {
        super(sentence);
    }

    IdentityException(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}
