package dev.muster.coordinator.task;

import io.vertx.core.json.JsonArray;

import org.jspecify.annotations.Nullable;

import java.time.OffsetDateTime;
import java.util.UUID;

/**
 * A question that a task waits at for a person's answer.
 *
 * @param id names this very question
 * @param stage index of the stage that asks it
 * @param kind confirm, choice or input
 * @param choices what can be picked; null unless it is a choice
 * @param fallback what it takes when nobody answers in time; null if the task then fails
 */
public record OpenGate(
        UUID id,
        int stage,
        String kind,
        @Nullable JsonArray choices,
        @Nullable String fallback,
        OffsetDateTime openedAt,
        OffsetDateTime expiresAt) {}
