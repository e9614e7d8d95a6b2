package dev.muster.protocol.message;

import dev.muster.protocol.wire.Versioned;

import java.util.List;
import java.util.UUID;

/** "This machine is alive", with its load; prolongs the leases of the attempts it names. */
public record Heartbeat(int v, UUID machine, UUID boot, Load load, List<LeaseRef> held)
        implements Versioned {
    public Heartbeat {
        held = LeaseRef.checked(held);
    }
}
