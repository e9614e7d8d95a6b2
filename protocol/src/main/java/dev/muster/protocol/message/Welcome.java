package dev.muster.protocol.message;

import dev.muster.protocol.wire.Versioned;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Answer to {@link Hello}.
 *
 * @param stop attempts the machine has no right to run any more: end them and report nothing
 * @param heartbeatMillis how often to send a {@link Heartbeat}
 * @param kept those it may run on, and for how long without another answer; null from coordinators
 *     that do not tell
 * @param startMillis how long an attempt may be held, counted from when the pull that brought it
 *     was sent, before an answer names it in {@code kept}; null from coordinators that do not tell
 */
public record Welcome(
        int v,
        List<LeaseRef> stop,
        long heartbeatMillis,
        @Nullable List<Kept> kept,
        @Nullable Long startMillis)
        implements Versioned {
    public Welcome {
        stop = List.copyOf(stop);
        kept = kept == null ? null : List.copyOf(kept);
    }

    /** Without a word on how long the others may run on. */
    public Welcome(int v, List<LeaseRef> stop, long heartbeatMillis) {
        this(v, stop, heartbeatMillis, null, null);
    }
}
