package dev.muster.coordinator.dispatch;

import org.jspecify.annotations.Nullable;

import java.util.UUID;

/** A task that waits for a machine: what placing it needs, and no more. */
record QueuedTask(long id, @Nullable UUID pinned) {}
