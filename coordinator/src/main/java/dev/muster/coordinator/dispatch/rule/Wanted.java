package dev.muster.coordinator.dispatch.rule;

import org.jspecify.annotations.Nullable;

import java.util.UUID;

/**
 * What a waiting task asks of a machine.
 *
 * @param pinned the only machine that may run it; null for any
 */
public record Wanted(String agentType, @Nullable UUID pinned) {}
