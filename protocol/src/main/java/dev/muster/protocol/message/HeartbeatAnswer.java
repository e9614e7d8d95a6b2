package dev.muster.protocol.message;

import dev.muster.protocol.wire.Versioned;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Answer to {@link Heartbeat}.
 *
 * @param stop attempts among those it named that the machine has no right to run any more
 * @param kept those it may run on, and for how long without another answer; null from coordinators
 *     that do not tell
 * @param answers to what it waits for, as many as fit into a message; null for none
 * @param terminals that viewers at this coordinator wait for, {@value #MOST_TERMINALS} at most;
 *     null for none
 */
public record HeartbeatAnswer(
        int v,
        List<LeaseRef> stop,
        @Nullable List<Kept> kept,
        @Nullable List<GateAnswer> answers,
        @Nullable List<ToWorker.OpenTerminal> terminals)
        implements Versioned {

    /** How many terminals one answer names at most. */
    public static final int MOST_TERMINALS = 64;

    public HeartbeatAnswer {
        stop = List.copyOf(stop);
        kept = kept == null ? null : List.copyOf(kept);
        answers = answers == null ? null : List.copyOf(answers);
        terminals = terminals == null ? null : List.copyOf(terminals);
    }

    /** Without a word on how long the others may run on. */
    public HeartbeatAnswer(int v, List<LeaseRef> stop) {
        this(v, stop, null, null, null);
    }
}
