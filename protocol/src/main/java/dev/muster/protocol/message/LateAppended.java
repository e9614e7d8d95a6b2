package dev.muster.protocol.message;

import dev.muster.protocol.wire.Versioned;

/**
 * Answer to {@link LateAppend}.
 *
 * @param stored up to where the log and what is kept beside it reach; the next piece starts there.
 *     0 where nothing is said of it: {@code ALIVE}, {@code REFUSED}
 */
public record LateAppended(int v, Answer answer, long stored) implements Versioned {

    /** How a coordinator took it. */
    public enum Answer {
        /** Kept, now or before. */
        ACCEPTED,
        /** Something before it is missing; send from what the coordinator has. */
        GAP,
        /** The attempt is not over: what it prints belongs into its log. Ask again later. */
        ALIVE,
        /** As much is kept as may be; the rest is not wanted. */
        FULL,
        /** It was never this machine's by that lease: nothing of it is wanted. */
        REFUSED
    }
}
