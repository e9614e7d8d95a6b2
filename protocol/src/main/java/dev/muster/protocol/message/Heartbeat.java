package dev.muster.protocol.message;

import dev.muster.protocol.wire.Versioned;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.UUID;

/**
 * "This machine is alive", with its load; prolongs the leases of the attempts it names.
 *
 * @param finished those of {@code held} of which nothing runs any more and only the outcome waits
 *     to be told; null for none
 * @param waiting those of {@code held} that wait at a gate; null for none
 * @param pause why it asks for no work, however many slots are free; null if it does ask
 */
public record Heartbeat(
        int v,
        UUID machine,
        UUID boot,
        Load load,
        List<LeaseRef> held,
        @Nullable List<LeaseRef> finished,
        @Nullable List<Waiting> waiting,
        @Nullable Pause pause)
        implements Versioned {
    public Heartbeat {
        held = LeaseRef.checked(held);
        waiting = waiting == null ? null : List.copyOf(waiting);
        if (waiting != null && waiting.size() > LeaseRef.MOST_HELD) {
            throw new IllegalArgumentException("no more can wait than be held");
        }
        finished = finished == null ? null : LeaseRef.checked(finished);
    }

    /** Of a machine on which all that is held runs. */
    public Heartbeat(int v, UUID machine, UUID boot, Load load, List<LeaseRef> held) {
        this(v, machine, boot, load, held, null, null, null);
    }
}
