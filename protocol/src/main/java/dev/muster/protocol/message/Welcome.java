package dev.muster.protocol.message;

import dev.muster.protocol.wire.Versioned;

import java.util.List;

/**
 * Answer to {@link Hello}.
 *
 * @param stop attempts the machine has no right to run any more: end them and report nothing
 * @param heartbeatMillis how often to send a {@link Heartbeat}
 */
public record Welcome(int v, List<LeaseRef> stop, long heartbeatMillis) implements Versioned {
    public Welcome {
        stop = List.copyOf(stop);
    }
}
