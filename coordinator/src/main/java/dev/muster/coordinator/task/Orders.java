package dev.muster.coordinator.task;

import dev.muster.protocol.message.GateAnswer;

import java.util.UUID;

/** Tells machines what to do at once. None is relied on: the next heartbeat says the same. */
public interface Orders {

    /** End this attempt: its lease is gone. */
    void stop(HeldLease gone);

    /** Go on with an attempt that waits at a gate. */
    void answer(UUID machine, GateAnswer answer);
}
