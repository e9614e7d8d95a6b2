package dev.muster.coordinator.task;

import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.time.OffsetDateTime;

/**
 * A task in a line.
 *
 * @param description the beginning of it
 */
public record TaskBrief(
        long id,
        String projectKey,
        String description,
        String state,
        @Nullable String reason,
        OffsetDateTime createdAt,
        String createdBy,
        @Nullable OffsetDateTime endedAt) {

    /** As the contract shows it. */
    public JsonObject json() {
        var json =
                new JsonObject()
                        .put("id", id)
                        .put("projectKey", projectKey)
                        .put("description", description)
                        .put("status", state)
                        .put("createdAt", createdAt.toInstant())
                        .put("createdBy", createdBy);
        if (reason != null) {
            json.put("reason", reason);
        }
        if (endedAt != null) {
            json.put("endedAt", endedAt.toInstant());
        }
        return json;
    }
}
