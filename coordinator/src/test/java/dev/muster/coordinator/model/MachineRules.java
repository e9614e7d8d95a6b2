package dev.muster.coordinator.model;

import dev.muster.coordinator.model.ModelTask.Gate;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Verdict;
import dev.muster.protocol.task.TaskState;

import java.util.Objects;

/** How what machines write is taken: by the holder only, each fact and each byte once. */
final class MachineRules {

    private final Model model;
    private final TimeRules times;

    MachineRules(Model model, TimeRules times) {
        this.model = model;
        this.times = times;
    }

    /** A report of one fact. */
    Verdict report(ModelMachine by, LeaseRef ref, int number, Fact fact) {
        var task = model.task(ref.task());
        if (takes(task, by, ref, number, fact)) {
            apply(task, number, fact);
            return Verdict.ACCEPTED;
        }
        times.resume(task, by, ref);
        var attempt = task.attempts.get(ref.attempt());
        boolean same = attempt != null && attempt.fence == ref.fence() && attempt.machine == by;
        if (same && attempt.facts >= number) {
            return Verdict.ACCEPTED;
        }
        if (!task.isHeldBy(by, ref)) {
            return late(task, by, ref, number, fact);
        }
        if (takes(task, by, ref, number, fact)) {
            apply(task, number, fact);
            return Verdict.ACCEPTED;
        }
        return Verdict.GAP;
    }

    private static boolean takes(
            ModelTask task, ModelMachine by, LeaseRef ref, int number, Fact fact) {
        if (!task.isHeldBy(by, ref)
                || Objects.requireNonNull(task.lease).lost
                || task.newest().facts != number - 1) {
            return false;
        }
        return switch (fact) {
            case Fact.Failed _ -> true;
            case Fact.Succeeded _ -> task.state == TaskState.RUNNING;
            default -> task.state == (number == 1 ? TaskState.ASSIGNED : TaskState.RUNNING);
        };
    }

    /**
     * Who was given up may still say how it had ended, once. It had ended, so it asks nobody; and
     * what nobody had answered it cannot have passed.
     */
    private static Verdict late(
            ModelTask task, ModelMachine by, LeaseRef ref, int number, Fact fact) {
        boolean isHeard =
                switch (fact) {
                    case Fact.GateOpened _ -> false;
                    case Fact.Failed _ -> true;
                    default -> task.givenUp != null && !task.givenUp.asked();
                };
        if (!isHeard || !task.isGivenUpOf(by, ref)) {
            return Verdict.STALE;
        }
        if (task.newest().facts != number - 1) {
            return Verdict.GAP;
        }
        applyLate(task, number, fact);
        return Verdict.ACCEPTED;
    }

    /** A success completes it; a failure takes the place of the guess why. */
    private static void applyLate(ModelTask task, int number, Fact fact) {
        var attempt = task.newest();
        attempt.facts = number;
        switch (fact) {
            case Fact.StageStarted started -> {
                task.stage = started.stage();
                task.event("stage_change started, late");
            }
            case Fact.Succeeded _ -> {
                attempt.end("SUCCEEDED", null);
                task.givenUp = null;
                task.event("late_outcome SUCCEEDED");
                task.move(TaskState.COMPLETED, null, "MACHINE_BACK");
            }
            case Fact.Failed failed -> {
                attempt.end("FAILED", failed.reason());
                task.givenUp = null;
                task.event("late_outcome FAILED " + failed.reason());
                task.reason = failed.reason();
            }
            case Fact.GateOpened _, Fact.StageEnded _, Fact.AgentAsked _ ->
                    throw new IllegalArgumentException("nobody tells " + fact + " late");
        }
    }

    private void apply(ModelTask task, int number, Fact fact) {
        var attempt = task.newest();
        attempt.facts = number;
        if (number == 1 || fact instanceof Fact.Succeeded) {
            Objects.requireNonNull(task.lease).machine.begins();
        }
        if (number == 1 && !fact.isFinal()) {
            attempt.began = true;
            task.move(TaskState.RUNNING, null, null);
            Objects.requireNonNull(task.lease).renew(model.now);
        }
        switch (fact) {
            case Fact.StageStarted started -> {
                task.stage = started.stage();
                task.event("stage_change started");
            }
            case Fact.GateOpened opened -> {
                task.stage = opened.stage();
                task.event("gate_change opened");
                task.move(TaskState.SUSPENDED, "GATE", "GATE");
                task.gates.add(new Gate(task.attempt, opened.stage(), model.now + Model.GATE));
            }
            case Fact.Succeeded _ -> {
                attempt.end("SUCCEEDED", null);
                task.release();
                task.move(TaskState.COMPLETED, null, null);
            }
            case Fact.Failed failed -> {
                attempt.end("FAILED", failed.reason());
                task.release();
                task.move(TaskState.FAILED, failed.reason(), failed.reason());
            }
            case Fact.StageEnded _, Fact.AgentAsked _ ->
                    throw new IllegalArgumentException("nobody tells " + fact);
        }
    }

    /** What an append is answered: how it was taken, and how long the log is now. */
    record Appended(Verdict verdict, long stored) {}

    Appended append(ModelMachine by, LeaseRef ref, long offset, String bytes) {
        var task = model.task(ref.task());
        var attempt = task.attempts.get(ref.attempt());
        boolean held = task.isHeldBy(by, ref) || task.isGivenUpOf(by, ref);
        if (held && attempt.log.length() == offset) {
            attempt.log += bytes;
        }
        long stored = attempt.log.length();
        if (!held) {
            return new Appended(Verdict.STALE, stored);
        }
        boolean isThere = stored >= offset + bytes.length();
        return new Appended(isThere ? Verdict.ACCEPTED : Verdict.GAP, stored);
    }
}
