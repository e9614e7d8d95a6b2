package dev.muster.worker.user;

/** Why attempts cannot run as that user, in one sentence for the person who asked for it. */
public final class RunAsFailure extends Exception {

    private static final long serialVersionUID = 1L;

    RunAsFailure(String sentence) {
        super(sentence);
    }

    RunAsFailure(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}
