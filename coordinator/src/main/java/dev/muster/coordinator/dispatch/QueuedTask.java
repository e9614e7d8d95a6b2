package dev.muster.coordinator.dispatch;

import dev.muster.coordinator.dispatch.rule.Wanted;

import org.jspecify.annotations.Nullable;

/**
 * A task that waits for a machine: what placing it needs, and no more.
 *
 * @param repository fingerprint of what it works on; null without a repository
 */
record QueuedTask(long id, long project, Wanted wanted, @Nullable String repository) {}
