package dev.muster.coordinator.gate;

import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operations;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.project.Pipelines;
import dev.muster.coordinator.task.TaskJson;
import dev.muster.coordinator.task.Tasks;
import dev.muster.coordinator.task.Viewer;
import dev.muster.protocol.pipeline.Fault;
import dev.muster.protocol.pipeline.Gate;
import dev.muster.protocol.pipeline.Stage;

import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.UUID;

/** The edge of gates: decodes, calls, encodes (seed 004, tasks). */
public final class GateRoutes {

    private final Gates gates;
    private final Tasks tasks;
    private final Pipelines pipelines;
    private final TaskJson json;

    public GateRoutes(Gates gates, Tasks tasks, Pipelines pipelines) {
        this.gates = gates;
        this.tasks = tasks;
        this.pipelines = pipelines;
        this.json = new TaskJson(pipelines);
    }

    public void bind(Operations operations) {
        operations
                .on("getPendingConfirm", Access.DEVELOPER, this::pending)
                .on("confirmStage", Access.DEVELOPER, this::confirm);
    }

    private Answer pending(Call call) {
        var task = tasks.get(call.pathNumber("id"), Viewer.of(call));
        if (task.gate() == null) {
            throw Problem.of(
                    404, "no_gate", "Task #" + task.id() + " does not wait for an answer.");
        }
        return Answer.ok(TaskJson.gate(task.gate(), pipelines.get(task.pipeline())));
    }

    private Answer confirm(Call call) {
        var id = call.pathNumber("id");
        var viewer = Viewer.of(call);
        var task = tasks.get(id, viewer);
        var stages = pipelines.get(task.pipeline()).stages();
        requireOne(call.body(), "stageIndex", "stageName");
        requireOne(call.body(), "result", "approved");
        int stage = stage(call.body(), stages);
        var gate = stage < 0 || stage >= stages.size() ? null : stages.get(stage).gate();
        var confirmId = call.body().getString("confirmId");
        var reply =
                new Reply(
                        stage,
                        confirmId == null ? null : UUID.fromString(confirmId),
                        result(call, gate));
        gates.answer(id, viewer, reply);
        return Answer.ok(json.task(tasks.get(id, viewer)));
    }

    private static void requireOne(JsonObject body, String one, String other) {
        if (body.containsKey(one) == body.containsKey(other)) {
            var sentence = "Give either " + one + " or " + other + ".";
            throw Problem.badRequest(
                    "invalid_request",
                    sentence,
                    List.of(new Fault("/" + one, "one_of_two", sentence)));
        }
    }

    /** The index of the stage that is meant; below 0 if there is none of that name. */
    private static int stage(JsonObject body, List<Stage> stages) {
        var name = body.getString("stageName");
        return name == null
                ? body.getInteger("stageIndex")
                : stages.stream().map(Stage::name).toList().indexOf(name);
    }

    /**
     * What is answered.
     *
     * @param gate what is asked; null if the stage asks nothing, which is told apart later
     */
    private static String result(Call call, @Nullable Gate gate) {
        var approved = call.body().getBoolean("approved");
        if (approved != null) {
            if (gate != null && !(gate instanceof Gate.Confirm)) {
                throw unfit("/approved", gate);
            }
            return approved ? Gate.CONFIRM : Gate.CANCEL;
        }
        var result = call.text("result").orElseThrow();
        if (gate != null && !gate.accepts(result)) {
            throw unfit("/result", gate);
        }
        return result;
    }

    private static Problem unfit(String pointer, Gate gate) {
        var sentence =
                switch (gate) {
                    case Gate.Confirm _ -> "The answer is confirm or cancel.";
                    case Gate.Choice(var choices, _, _) ->
                            "The answer is one of the choices: " + String.join(", ", choices) + ".";
                    case Gate.Input _ -> "The answer is a text, as result.";
                };
        return Problem.badRequest(
                "invalid_result",
                sentence,
                List.of(new Fault(pointer, "invalid_result", sentence)));
    }
}
