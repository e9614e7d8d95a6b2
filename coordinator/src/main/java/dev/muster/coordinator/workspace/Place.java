package dev.muster.coordinator.workspace;

import java.util.UUID;

/**
 * Where the workspace of a task's newest attempt is.
 *
 * @param attempt the newest that a machine was given
 * @param workspace the attempt that it was made for: an earlier one, if the newest goes on in it
 * @param live whether the newest attempt has not ended
 */
public record Place(long task, int attempt, int workspace, UUID machine, boolean live) {}
