package dev.muster.coordinator.model;

import dev.muster.coordinator.model.ModelMachine.Status;
import dev.muster.coordinator.model.ModelTask.Attempt;
import dev.muster.coordinator.model.ModelTask.Gate;
import dev.muster.coordinator.model.ModelTask.Lease;
import dev.muster.protocol.task.TaskState;

import org.jspecify.annotations.Nullable;

import java.util.Set;

/** What becomes of what people ask for. Each answers {@link #DONE} or the name of the refusal. */
final class PeopleRules {

    static final String DONE = "done";

    private static final Set<TaskState> RETRYABLE = Set.of(TaskState.FAILED, TaskState.CANCELLED);

    private final Model model;
    private final EndRules ends;

    PeopleRules(Model model) {
        this.model = model;
        this.ends = new EndRules(model);
    }

    String cancel(ModelTask task) {
        if (RETRYABLE.contains(task.state) || task.state == TaskState.COMPLETED) {
            return "task_ended";
        }
        var held = task.lease;
        task.release();
        var attempt = task.newest();
        if (attempt != null) {
            attempt.end("CANCELLED", "cancelled");
        }
        task.move(TaskState.CANCELLED, "cancelled", null);
        if (held != null) {
            model.stop(held.ref, held.machine);
        }
        return DONE;
    }

    /**
     * @param goesOn whether in the workspace that is there
     */
    String retry(ModelTask task, boolean goesOn) {
        if (!RETRYABLE.contains(task.state)) {
            return "not_retryable";
        }
        if (task.pinned != null && task.pinned.status == Status.DECOMMISSIONED) {
            return "machine_decommissioned";
        }
        var begun =
                task.attempts.descendingMap().values().stream()
                        .filter(attempt -> attempt.began)
                        .findFirst();
        if (goesOn && begun.isEmpty()) {
            return "no_workspace";
        }
        if (goesOn && begun.orElseThrow().machine.status == Status.DECOMMISSIONED) {
            return "machine_decommissioned";
        }
        task.goesOnAt = goesOn ? begun.orElseThrow().machine : null;
        task.goesOnIn = goesOn ? workspace(begun.orElseThrow()) : null;
        task.attempt++;
        task.asked = task.attempt;
        task.requeue(null);
        return DONE;
    }

    private static int workspace(Attempt attempt) {
        return attempt.workspace == null ? attempt.number : attempt.workspace;
    }

    /**
     * @param meant the gate that it was shown for
     * @param named whether it says which that was, and not its stage alone
     */
    String answer(ModelTask task, Gate meant, boolean named, String result) {
        var gate = named ? meant : present(task, meant.stage);
        if (gate == null) {
            return task.gates.stream().anyMatch(Gate::isOpen) ? "other_gate" : "no_gate";
        }
        if (gate.outcome != null) {
            return switch (gate.outcome) {
                case "answered" -> "gate_answered";
                case "fallback", "timed_out" -> "gate_timed_out";
                default -> "gate_over";
            };
        }
        if (model.now > gate.expires) {
            return "gate_timed_out";
        }
        gate.close("answered", result);
        task.event("gate_change answered");
        if (result.equals("cancel")) {
            return cancel(task);
        }
        var held = goOn(task);
        model.orders.add(Lines.order("answer " + result, held.ref, held.machine.id));
        return DONE;
    }

    private static @Nullable Gate present(ModelTask task, int stage) {
        return task.gates.reversed().stream()
                .filter(one -> one.attempt == task.attempt && one.stage == stage)
                .findFirst()
                .orElse(null);
    }

    /** Its gate is answered: it runs on, if its machine is there. */
    static Lease goOn(ModelTask task) {
        var held = java.util.Objects.requireNonNull(task.lease);
        if (held.lost) {
            task.reason = "MACHINE_LOST";
        } else {
            task.move(TaskState.RUNNING, null, "GATE");
        }
        return held;
    }

    String drain(ModelMachine machine, Status status) {
        if (machine.status == Status.DECOMMISSIONED) {
            return "machine_decommissioned";
        }
        machine.status = status;
        return DONE;
    }

    String decommission(ModelMachine machine) {
        machine.status = Status.DECOMMISSIONED;
        ends.ofDecommissioned();
        return DONE;
    }
}
