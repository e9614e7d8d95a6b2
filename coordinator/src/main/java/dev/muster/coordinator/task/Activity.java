package dev.muster.coordinator.task;

import io.vertx.core.json.JsonObject;

import java.time.OffsetDateTime;

/** An event with the task that it is of. */
public record Activity(
        long task,
        String projectKey,
        int n,
        OffsetDateTime at,
        String type,
        int attempt,
        JsonObject data) {

    /** As the contract shows it. */
    public JsonObject json() {
        return new JsonObject()
                .put("taskId", task)
                .put("projectKey", projectKey)
                .put("n", n)
                .put("at", at.toInstant())
                .put("type", type)
                .put("attempt", attempt)
                .put("data", data);
    }
}
