package dev.muster.coordinator.terminal;

import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.ToWorker;

import java.util.UUID;

/** Asks a machine to dial this coordinator. What is asked may get lost. */
public interface Dialling {

    /** What a machine is asked that is to open a line for a terminal of an attempt it runs. */
    ToWorker.OpenTerminal order(LeaseRef lease, String terminal, String channelToken);

    /** Asks it. */
    void dial(UUID machine, ToWorker.OpenTerminal order);
}
