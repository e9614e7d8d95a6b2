package dev.muster.coordinator.task;

import dev.muster.protocol.task.TaskState;

import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.time.OffsetDateTime;
import java.util.UUID;

/**
 * A task as people see it (seed 004, tasks).
 *
 * @param lost whether it waits because its machine is not heard of, whatever else it waits for
 * @param gate the question it waits at; null if at none
 * @param flagged whether it waits in vain: no enrolled machine could ever run it
 */
public record Task(
        long id,
        String projectKey,
        String description,
        TaskState state,
        @Nullable String reason,
        @Nullable String detail,
        int attempt,
        @Nullable Integer stage,
        @Nullable UUID machine,
        @Nullable UUID pinned,
        String agentType,
        long pipeline,
        int priority,
        OffsetDateTime createdAt,
        Person createdBy,
        @Nullable OffsetDateTime startedAt,
        @Nullable OffsetDateTime endedAt,
        @Nullable JsonObject work,
        boolean lost,
        @Nullable OpenGate gate,
        boolean flagged) {

    /** Whoever asked for it. */
    public record Person(long id, String name) {}
}
