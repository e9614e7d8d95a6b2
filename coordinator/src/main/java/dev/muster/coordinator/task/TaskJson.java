package dev.muster.coordinator.task;

import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.project.Pipelines;
import dev.muster.coordinator.project.StagesJson;
import dev.muster.protocol.pipeline.Pipeline;
import dev.muster.protocol.task.TaskState;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.OffsetDateTime;

/** Tasks, gates and events as the contract shows them. What is not known is left out. */
public final class TaskJson {

    private final Pipelines pipelines;

    public TaskJson(Pipelines pipelines) {
        this.pipelines = pipelines;
    }

    public JsonObject task(Task task) {
        var json =
                new JsonObject()
                        .put("id", task.id())
                        .put("projectKey", task.projectKey())
                        .put("description", task.description())
                        .put("status", task.state().name())
                        .put("attempt", task.attempt())
                        .put("agentType", task.agentType())
                        .put("priority", task.priority())
                        .put("createdAt", task.createdAt().toInstant())
                        .put("createdBy", person(task.createdBy().id(), task.createdBy().name()));
        pipelines.find(task.pipeline()).ifPresent(pipeline -> putStages(json, pipeline, task));
        put(json, "reason", task.reason());
        put(json, "detail", task.detail());
        put(json, "machineId", task.machine() == null ? task.pinned() : task.machine());
        put(json, "startedAt", task.startedAt() == null ? null : task.startedAt().toInstant());
        put(json, "endedAt", task.endedAt() == null ? null : task.endedAt().toInstant());
        put(json, "fromStage", task.fromStage());
        put(json, "fromAttempt", task.fromAttempt());
        if (task.work() != null) {
            json.put("work", task.work());
        }
        if (task.state() == TaskState.SUSPENDED) {
            json.put("suspendReasons", suspendReasons(task));
        }
        if (task.flagged()) {
            json.put("flagged", true);
        }
        return json;
    }

    private static void putStages(JsonObject json, Pipeline pipeline, Task task) {
        json.put("pipeline", StagesJson.of(pipeline));
        if (task.stage() != null && task.stage() < pipeline.stages().size()) {
            json.put("stageIndex", task.stage());
            json.put("stage", pipeline.stages().get(task.stage()).name());
            put(json, "try", task.go());
            put(json, "tries", task.tries());
        }
        if (task.gate() != null) {
            json.put("gate", gate(task.gate(), pipeline));
        }
    }

    private static JsonArray suspendReasons(Task task) {
        var reasons = new JsonArray();
        if (task.gate() != null) {
            reasons.add("GATE");
        }
        if (task.lost()) {
            reasons.add("MACHINE_LOST");
        }
        return reasons;
    }

    /** An open gate of a task with this pipeline. */
    public static JsonObject gate(OpenGate gate, Pipeline pipeline) {
        var json =
                new JsonObject()
                        .put("confirmId", gate.id().toString())
                        .put("stageIndex", gate.stage())
                        .put("stage", pipeline.stages().get(gate.stage()).name())
                        .put("kind", gate.kind())
                        .put("openedAt", gate.openedAt().toInstant())
                        .put("expiresAt", gate.expiresAt().toInstant());
        put(json, "choices", gate.choices());
        put(json, "fallback", gate.fallback());
        return json;
    }

    /** A task that was just created, without reading it again. */
    JsonObject created(NewTask task, Creation.Created created, Caller.Person by) {
        return task(
                new Task(
                        created.id(),
                        task.projectKey(),
                        task.description(),
                        TaskState.QUEUED,
                        null,
                        null,
                        1,
                        null,
                        null,
                        null,
                        null,
                        task.pinned(),
                        created.agentType(),
                        created.pipeline(),
                        task.priority(),
                        created.at(),
                        new Task.Person(by.id(), by.name()),
                        null,
                        null,
                        null,
                        null,
                        null,
                        false,
                        null,
                        false));
    }

    static JsonObject event(EventStore.Event event) {
        return new JsonObject()
                .put("n", event.n())
                .put("at", event.at().toInstant())
                .put("type", event.type())
                .put("attempt", event.attempt())
                .put("data", event.data());
    }

    static JsonObject attempt(AttemptStore.Attempt attempt) {
        var json =
                new JsonObject()
                        .put("number", attempt.number())
                        .put("machineId", attempt.machine().toString())
                        .put("grantedAt", attempt.grantedAt().toInstant());
        put(json, "startedAt", instant(attempt.startedAt()));
        put(json, "endedAt", instant(attempt.endedAt()));
        put(json, "outcome", attempt.outcome());
        put(json, "reason", attempt.reason());
        put(json, "losses", attempt.losses() == 0 ? null : attempt.losses());
        put(json, "branch", attempt.branch());
        put(json, "work", attempt.work());
        put(json, "lateLogBytes", attempt.lateLogBytes() == 0 ? null : attempt.lateLogBytes());
        return json;
    }

    private static @Nullable Instant instant(@Nullable OffsetDateTime at) {
        return at == null ? null : at.toInstant();
    }

    private static JsonObject person(long id, String name) {
        return new JsonObject().put("id", id).put("name", name);
    }

    private static void put(JsonObject json, String name, @Nullable Object value) {
        if (value != null) {
            json.put(name, value instanceof java.util.UUID id ? id.toString() : value);
        }
    }
}
