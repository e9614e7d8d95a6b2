package dev.muster.coordinator.gate;

import org.jspecify.annotations.Nullable;

import java.util.UUID;

/**
 * What a person answers.
 *
 * @param stage index of the stage that asked; below 0 for one that the pipeline does not have
 * @param gate the very question it was shown for; null for the one that the stage asks now
 */
record Reply(int stage, @Nullable UUID gate, String result) {}
