package dev.muster.protocol.message;

import dev.muster.protocol.wire.Versioned;

import org.jspecify.annotations.Nullable;

/**
 * Answer to {@link Promotion}.
 *
 * @param repoUrl the project's repository as it is now; null if it is not to be spoken to, or there
 *     is none
 * @param gitToken for that repository, to promote or to clear away; null for none
 */
public record PromotionAnswer(
        int v, Decision decision, @Nullable String repoUrl, @Nullable GitToken gitToken)
        implements Versioned {

    /** What the machine has to do. */
    public enum Decision {
        /** The outcome was accepted: promote, and tell what came of it. */
        PROMOTE,
        /** Nobody knows yet whether it will be: ask again. */
        WAIT,
        /** It was not, and never will be: clear away what was pushed. */
        DROP,
        /** What came of it is known: forget it. */
        DONE
    }

    /** With nothing to say to the repository. */
    public PromotionAnswer(int v, Decision decision) {
        this(v, decision, null, null);
    }
}
