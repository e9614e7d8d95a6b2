package dev.muster.coordinator.dispatch.explain;

import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operations;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.http.Role;
import dev.muster.coordinator.task.Tasks;
import dev.muster.coordinator.task.Viewer;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/**
 * The edge of explanations. Developers, who do not list machines, are told their names and reasons
 * all the same, since that is what they wait for, but not how busy they are.
 */
public final class ExplainRoutes {

    private final Explanations explanations;
    private final Tasks tasks;

    public ExplainRoutes(Explanations explanations, Tasks tasks) {
        this.explanations = explanations;
        this.tasks = tasks;
    }

    public void bind(Operations operations) {
        operations.on("explainTask", Access.DEVELOPER, this::explain);
    }

    private Answer explain(Call call) {
        long task = call.pathNumber("id");
        // a 404 for whoever may not see it
        tasks.newestAttempt(task, Viewer.of(call));
        return explanations
                .of(task, call.person().role().includes(Role.LEAD))
                .map(explanation -> Answer.ok(json(explanation)))
                .orElseThrow(() -> Problem.notFound("There is no task #" + task + "."));
    }

    private static JsonObject json(Explanation explanation) {
        var task = explanation.task();
        var machines = new JsonArray();
        explanation.verdicts().forEach(one -> machines.add(machine(one, explanation)));
        var json =
                new JsonObject()
                        .put("status", task.state().name())
                        .put("summary", explanation.summary())
                        .put("flagged", task.flagged())
                        .put("machines", machines);
        if (task.position() != null) {
            json.put("position", task.position());
        }
        return json;
    }

    private static JsonObject machine(Verdict verdict, Explanation explanation) {
        var machine = verdict.machine();
        var reasons = new JsonArray();
        verdict.refusals()
                .forEach(
                        reason ->
                                reasons.add(
                                        new JsonObject()
                                                .put("code", reason.code())
                                                .put(
                                                        "sentence",
                                                        explanation
                                                                .sentences()
                                                                .of(
                                                                        reason,
                                                                        explanation.task().wanted(),
                                                                        machine))));
        return new JsonObject()
                .put("machineId", machine.id().toString())
                .put("name", machine.name())
                .put("eligible", verdict.isEligible())
                .put("reasons", reasons);
    }
}
