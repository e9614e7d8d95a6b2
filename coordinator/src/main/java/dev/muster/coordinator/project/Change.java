package dev.muster.coordinator.project;

import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.project.ProjectStore.Project;
import dev.muster.coordinator.project.ProjectStore.Settings;
import dev.muster.protocol.pipeline.Fault;
import dev.muster.protocol.pipeline.Pipeline;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a person makes of a project's settings. Pure.
 *
 * @param settings what they are to be
 * @param difference each field that is not what it was: {@code {"name": {"from": …, "to": …}}}
 */
record Change(Settings settings, JsonObject difference) {

    /** Longer pipelines are told to the audit log by how many stages they have. */
    private static final int LONGEST_TOLD = 8000;

    /** Whether what is asked for can be told without knowing the pipeline that the project has. */
    static boolean leavesPipeline(JsonObject body) {
        return !body.containsKey("pipeline") && !body.containsKey("agentType");
    }

    /**
     * What {@code body} makes of {@code project}.
     *
     * @param pipeline that it has; empty if nobody can read it, or {@code body} leaves it as it is
     * @throws Problem 400, naming all that is wrong with it
     */
    static Change of(Project project, Optional<Pipeline> pipeline, JsonObject body) {
        var stages = pipeline.map(StagesJson::of).orElseGet(JsonArray::new);
        var draft = Draft.of(project, stages, body);
        var faults = new ArrayList<Fault>();
        if (List.of("repoUrl", "defaultBranch", "push").stream().anyMatch(body::containsKey)) {
            draft.checkRepository(faults);
        }
        var wanted = leavesPipeline(body) ? null : wanted(draft, body, faults);
        if (!faults.isEmpty()) {
            throw Problem.badRequest("invalid_project", faults.getFirst().message(), faults);
        }
        var isNew = wanted != null && !pipeline.equals(Optional.of(wanted));
        var isForAnother = !draft.agentType().equals(project.agentType());
        var settings = draft.settings(isNew || isForAnother ? stored(wanted) : null);
        var difference = difference(project, settings);
        if (isNew) {
            difference.put(
                    "pipeline", fromTo(pipeline.map(Change::told).orElse(null), told(wanted)));
        }
        return new Change(settings, difference);
    }

    /** A pipeline is for one agent, so a change of that one has asked for it too. */
    private static JsonArray stored(@Nullable Pipeline wanted) {
        return StagesJson.stored(Objects.requireNonNull(wanted));
    }

    boolean isNone() {
        return difference.isEmpty();
    }

    /** The pipeline that is asked for, or the one that is there, if the agent can take it. */
    private static Pipeline wanted(Draft draft, JsonObject body, List<Fault> faults) {
        if (body.containsKey("pipeline")) {
            return draft.readPipeline(faults);
        }
        var found = new ArrayList<Fault>();
        // what nobody can read is no stages, which no agent takes
        var kept = draft.readPipeline(found);
        if (!found.isEmpty()) {
            faults.add(
                    new Fault(
                            "/agentType",
                            "unfit_pipeline",
                            "The project's pipeline is not for this agent; give one that is: "
                                    + found.getFirst().message()));
        }
        return kept;
    }

    private static JsonObject difference(Project before, Settings after) {
        var difference = new JsonObject();
        put(difference, "name", before.name(), after.name());
        put(difference, "repoUrl", before.repoUrl(), after.repoUrl());
        put(difference, "defaultBranch", before.defaultBranch(), after.defaultBranch());
        put(difference, "agentType", before.agentType(), after.agentType());
        put(difference, "concurrency", before.concurrency(), after.concurrency());
        put(difference, "shells", before.shells(), after.shells());
        put(difference, "graceWindow", before.graceSeconds(), after.graceSeconds());
        put(difference, "push", before.push(), after.push());
        return difference;
    }

    private static void put(
            JsonObject difference, String field, @Nullable Object before, @Nullable Object after) {
        if (!Objects.equals(before, after)) {
            difference.put(field, fromTo(before, after));
        }
    }

    private static JsonObject fromTo(@Nullable Object before, @Nullable Object after) {
        return new JsonObject().put("from", before).put("to", after);
    }

    /** As the audit log may have it: of the stages' variables the names alone. */
    private static Object told(Pipeline pipeline) {
        var stages = StagesJson.of(pipeline);
        for (int i = 0; i < stages.size(); i++) {
            var stage = stages.getJsonObject(i);
            if (stage.containsKey("env")) {
                stage.put(
                        "env", new JsonArray(List.copyOf(stage.getJsonObject("env").fieldNames())));
            }
        }
        return stages.encode().length() <= LONGEST_TOLD
                ? stages
                : new JsonObject().put("stages", stages.size());
    }
}
