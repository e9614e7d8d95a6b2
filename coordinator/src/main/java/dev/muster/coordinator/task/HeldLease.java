package dev.muster.coordinator.task;

import dev.muster.protocol.message.LeaseRef;

import java.util.UUID;

/** A lease and the machine that holds it, or held it until now. */
public record HeldLease(UUID machine, LeaseRef lease) {}
