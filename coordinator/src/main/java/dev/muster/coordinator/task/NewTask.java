package dev.muster.coordinator.task;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.http.RequestKey;

import org.jspecify.annotations.Nullable;

import java.util.UUID;

/**
 * What a person asked for.
 *
 * @param everywhere whether the person may use any project; others only those they belong to
 * @param pinned the one machine that may run it; null for any
 * @param priority higher goes first, -100 to 100
 * @param by the person, as the audit log tells of them
 * @param request by which its repetition is known; null if the client gave it no key
 */
record NewTask(
        String projectKey,
        String description,
        long developer,
        boolean everywhere,
        @Nullable UUID pinned,
        int priority,
        Actor by,
        @Nullable RequestKey request) {}
