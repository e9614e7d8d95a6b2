package dev.muster.protocol.message;

import dev.muster.protocol.wire.Versioned;

import java.util.List;

/**
 * Answer to {@link Heartbeat}: attempts among those it named that the machine has no right to run
 * any more.
 */
public record HeartbeatAnswer(int v, List<LeaseRef> stop) implements Versioned {
    public HeartbeatAnswer {
        stop = List.copyOf(stop);
    }
}
