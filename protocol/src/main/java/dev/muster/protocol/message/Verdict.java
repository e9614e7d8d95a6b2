package dev.muster.protocol.message;

/** How a coordinator took what a lease holder wrote. */
public enum Verdict {
    /** Stored, now or by an earlier copy of the same message. */
    ACCEPTED,
    /** The lease is gone: stop the attempt, report nothing more. */
    STALE,
    /**
     * The lease is good but something before this is missing; send from what the coordinator has.
     */
    GAP
}
