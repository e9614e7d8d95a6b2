package dev.muster.coordinator.task;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.Database.Transaction;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.task.TaskLifecycle;
import dev.muster.protocol.task.TaskState;
import dev.muster.protocol.task.Trigger;

import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;

import java.util.Optional;

/** Stops a task for good: durable first, and only then is its machine told. */
public final class Cancellation {

    /** What came of it. */
    sealed interface Outcome {
        /** It is cancelled; {@code running} is what its machine must end, if one held it. */
        record Cancelled(Optional<HeldLease> running) implements Outcome {}

        /** The person may see it, and it is for others to cancel. */
        record NotAllowed() implements Outcome {}

        /** It had ended before. */
        record Ended() implements Outcome {}
    }

    private static final String ALLOWED =
            """
            select %s as allowed
              from task t
             where t.id = $1
            """
                    .formatted(Viewer.DECIDES);

    private static final String UNQUEUE = "delete from queue where task_id = $1";

    private static final String REVOKE =
            "delete from lease where task_id = $1 returning machine_id, attempt, fence";

    private static final String END_ATTEMPT =
            """
            update attempt
               set ended_at = now(), outcome = 'CANCELLED', reason = 'cancelled'
             where task_id = $1 and ended_at is null
            """;

    private static final String CLOSE_GATE =
            """
            update gate
               set outcome = 'over', closed_at = now()
             where task_id = $1 and outcome is null
            """;

    private static final String LOCK = "select state from task where id = $1 for update";

    // Whatever was granted or requeued between the first steps and the lock. A statement of its
    // own:
    // it must see what was committed while the lock was waited for.
    private static final String LEFT =
            """
            select 1 from queue where task_id = $1
             union all
            select 1 from lease where task_id = $1
            """;

    private static final String CANCEL =
            """
            with cancelled as (
                update task t
                   set state = 'CANCELLED', ended_at = now(), reason = 'cancelled', detail = $2,
                       lost_since = null, events = t.events + 1
                 where t.id = $1 and t.state = any($6)
                returning t.id, t.events, t.attempt
            ), told as (
                insert into event (task_id, n, type, attempt, data)
                select id, events, 'state_change', attempt,
                       jsonb_build_object('from', $3::text, 'to', 'CANCELLED') || $4
                  from cancelled
            )
            select note_act($5, 'task.cancel', 'task', id::text,
                            jsonb_build_object('from', $3::text, 'attempt', attempt))
              from cancelled
            """;

    /** Each needs a grant or a requeue to come in between, which come seconds apart. */
    private static final int MOST_TRIES = 20;

    private final Database database;

    Cancellation(Database database) {
        this.database = database;
    }

    /**
     * Cancels the task in the name of {@code viewer}, who may see it.
     *
     * @throws IllegalStateException if the task keeps moving between queue and machines all the
     *     while
     */
    Outcome cancel(long task, Viewer viewer) {
        for (int tries = 0; tries < MOST_TRIES; tries++) {
            try {
                return database.inTransaction(
                        "cancelling a task",
                        transaction ->
                                isAllowed(transaction, task, viewer)
                                        ? cancel(transaction, task, viewer)
                                        : new Outcome.NotAllowed());
            } catch (Moved _) {
                // rolled back; what it moved to is found by the next try
            }
        }
        throw new IllegalStateException("task " + task + " could not be held still");
    }

    private static boolean isAllowed(Transaction transaction, long task, Viewer viewer) {
        var asked = Tuple.of(task, viewer.developer(), viewer.everywhere());
        return transaction
                .query("asking who may cancel a task", ALLOWED, asked)
                .iterator()
                .next()
                .getBoolean("allowed");
    }

    /**
     * Queue row, lease, task, attempt. Whoever locks the attempt before the task holds its lease,
     * which here is gone by then.
     */
    private static Outcome cancel(Transaction transaction, long task, Viewer viewer) {
        var only = Tuple.of(task);
        transaction.query("taking a task off the queue", UNQUEUE, only);
        var revoked = transaction.query("revoking a lease", REVOKE, only);
        var before = state(transaction.query("locking a task", LOCK, only));
        if (TaskLifecycle.next(before, Trigger.CANCEL).isEmpty()) {
            return new Outcome.Ended();
        }
        if (transaction.query("looking at a task again", LEFT, only).size() > 0) {
            throw new Moved();
        }
        transaction.query("ending an attempt", END_ATTEMPT, only);
        transaction.query("closing a gate", CLOSE_GATE, only);
        var person = viewer.json();
        var arguments =
                Tuple.of(
                        task,
                        "Cancelled by " + viewer.name() + ".",
                        before.name(),
                        new JsonObject().put("by", person),
                        viewer.actor().json(),
                        TaskState.names(
                                TaskLifecycle.sources(Trigger.CANCEL, TaskState.CANCELLED)));
        transaction.query("cancelling a task", CANCEL, arguments);
        return new Outcome.Cancelled(
                revoked.size() == 0
                        ? Optional.empty()
                        : Optional.of(running(task, revoked.iterator().next())));
    }

    /**
     * Cancels a task whose lease the transaction holds locked.
     *
     * @return what its machine must end
     */
    public static HeldLease cancelHeld(Transaction transaction, long task, Viewer viewer) {
        if (cancel(transaction, task, viewer) instanceof Outcome.Cancelled(var running)) {
            return running.orElseThrow();
        }
        throw new IllegalStateException("task " + task + " has a lease, and has ended");
    }

    private static TaskState state(RowSet<Row> rows) {
        return TaskState.valueOf(rows.iterator().next().getString("state"));
    }

    private static HeldLease running(long task, Row row) {
        return new HeldLease(
                row.getUUID("machine_id"),
                new LeaseRef(task, row.getInteger("attempt"), row.getLong("fence")));
    }

    /** Ends a transaction in which the task moved from under it. */
    private static final class Moved extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }
}
