package dev.muster.protocol.task;

import static dev.muster.protocol.task.TaskState.ASSIGNED;
import static dev.muster.protocol.task.TaskState.CANCELLED;
import static dev.muster.protocol.task.TaskState.COMPLETED;
import static dev.muster.protocol.task.TaskState.FAILED;
import static dev.muster.protocol.task.TaskState.QUEUED;
import static dev.muster.protocol.task.TaskState.RUNNING;
import static dev.muster.protocol.task.TaskState.SUSPENDED;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The table of all moves a task can make. Nothing else may move one. */
public final class TaskLifecycle {

    /** One row: in {@code from}, {@code trigger} leads to {@code to}. */
    public record Move(TaskState from, Trigger trigger, TaskState to) {}

    /**
     * Every legal move. A workspace that cannot be prepared fails the task before it ran: ASSIGNED,
     * FAIL.
     */
    public static final List<Move> TABLE =
            List.of(
                    new Move(QUEUED, Trigger.CLAIM, ASSIGNED),
                    new Move(ASSIGNED, Trigger.START, RUNNING),
                    new Move(ASSIGNED, Trigger.RELEASE, QUEUED),
                    new Move(ASSIGNED, Trigger.DECOMMISSION, QUEUED),
                    new Move(ASSIGNED, Trigger.FAIL, FAILED),
                    new Move(RUNNING, Trigger.SUSPEND, SUSPENDED),
                    new Move(RUNNING, Trigger.SUCCEED, COMPLETED),
                    new Move(RUNNING, Trigger.FAIL, FAILED),
                    new Move(RUNNING, Trigger.DECOMMISSION, FAILED),
                    new Move(SUSPENDED, Trigger.RESUME, RUNNING),
                    new Move(SUSPENDED, Trigger.SUCCEED, COMPLETED),
                    new Move(SUSPENDED, Trigger.FAIL, FAILED),
                    new Move(SUSPENDED, Trigger.DECOMMISSION, QUEUED),
                    new Move(FAILED, Trigger.RETRY, QUEUED),
                    new Move(FAILED, Trigger.RESTORE, COMPLETED),
                    new Move(CANCELLED, Trigger.RETRY, QUEUED),
                    new Move(QUEUED, Trigger.CANCEL, CANCELLED),
                    new Move(ASSIGNED, Trigger.CANCEL, CANCELLED),
                    new Move(RUNNING, Trigger.CANCEL, CANCELLED),
                    new Move(SUSPENDED, Trigger.CANCEL, CANCELLED));

    private TaskLifecycle() {}

    /** Where {@code trigger} leads from {@code from}; empty when the pair is refused. */
    public static Optional<TaskState> next(TaskState from, Trigger trigger) {
        return TABLE.stream()
                .filter(move -> move.from() == from && move.trigger() == trigger)
                .map(Move::to)
                .findFirst();
    }

    /**
     * The states in which {@code trigger} leads to {@code to}: the {@code where} of that
     * transition's update.
     */
    public static Set<TaskState> sources(Trigger trigger, TaskState to) {
        var sources = EnumSet.noneOf(TaskState.class);
        TABLE.stream()
                .filter(move -> move.trigger() == trigger && move.to() == to)
                .forEach(move -> sources.add(move.from()));
        return sources;
    }
}
