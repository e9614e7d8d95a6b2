package dev.muster.coordinator.terminal;

import dev.muster.protocol.message.LeaseRef;

import java.util.UUID;

/** Asks a machine to dial this coordinator. What is asked may get lost. */
@FunctionalInterface
public interface Dialling {

    /** Has the machine open a line for a terminal of an attempt that it runs. */
    void dial(UUID machine, LeaseRef lease, String terminal, String channelToken);
}
