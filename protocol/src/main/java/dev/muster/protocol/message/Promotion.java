package dev.muster.protocol.message;

import dev.muster.protocol.wire.Versioned;

import org.jspecify.annotations.Nullable;

import java.util.UUID;

/**
 * "I pushed this commit for an attempt that is over": first asked without a result, whether it may
 * be promoted to the branch, then told with one. It names the attempt by the lease it ran with, and
 * may come from a later daemon of the machine. Can be repeated.
 *
 * @param commit that was pushed, in hex
 * @param result what came of it; null to ask whether it may be promoted
 * @param detail one sentence on a result that is not what was wanted, hostile text of at most
 *     {@value #LONGEST_DETAIL} characters; null for none
 */
public record Promotion(
        int v,
        UUID machine,
        LeaseRef lease,
        String commit,
        @Nullable Result result,
        @Nullable String detail)
        implements Versioned {

    public static final int LONGEST_DETAIL = 2_000;

    /** What came of a promotion. */
    public enum Result {
        /** The branch is at the commit. */
        PROMOTED,
        /** The repository did not take it: the branch is elsewhere, or a rule forbids it. */
        REFUSED,
        /** The repository could not be reached, however often that was tried. */
        FAILED
    }

    public Promotion {
        Pushed.requireCommit(commit);
        if (detail != null && detail.length() > LONGEST_DETAIL) {
            throw new IllegalArgumentException("a detail is at most 2,000 characters");
        }
    }
}
