package dev.muster.coordinator.task;

import dev.muster.protocol.task.TaskState;

import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.time.OffsetDateTime;
import java.util.UUID;

/**
 * A task as people see it (seed 004, tasks).
 *
 * @param go which try of the stage it is at; null for a stage that is tried once
 * @param tries how many there are at most
 * @param pinned the only machine that may run it: a person's choice, or where it goes on
 * @param fromStage index of the stage with which its newest attempt goes on; null if that begins
 *     anew
 * @param fromAttempt in whose workspace
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
        @Nullable Integer go,
        @Nullable Integer tries,
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
        @Nullable Integer fromStage,
        @Nullable Integer fromAttempt,
        boolean lost,
        @Nullable OpenGate gate,
        boolean flagged) {

    /** Whoever asked for it. */
    public record Person(long id, String name) {}
}
