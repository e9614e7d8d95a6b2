package dev.muster.coordinator.dispatch;

import dev.muster.coordinator.db.Database.Transaction;
import dev.muster.protocol.task.TaskLifecycle;
import dev.muster.protocol.task.TaskState;
import dev.muster.protocol.task.Trigger;

import io.vertx.sqlclient.Tuple;

import java.util.List;
import java.util.Set;

/** Takes tasks out of the way that cannot be handed out, so that they hold up no others. */
final class PoisonStore {

    // In the transaction that granted them, so nobody ever sees the lease.
    private static final String FAIL =
            """
            with ended as (
                delete from lease
                 where task_id = any($1)
            ), closed as (
                update attempt a
                   set ended_at = now(), outcome = 'FAILED', reason = 'poison'
                  from task t
                 where t.id = any($1) and a.task_id = t.id and a.number = t.attempt
            ), failed as (
                update task t
                   set state = 'FAILED', ended_at = now(), reason = 'poison', detail = $3, events = t.events + 1
                 where t.id = any($1) and t.state = any($2)
                returning t.id, t.events, t.attempt
            )
            insert into event (task_id, n, type, attempt, data)
            select id, events, 'state_change', attempt,
                   jsonb_build_object('from', 'ASSIGNED', 'to', 'FAILED', 'reason', 'poison')
              from failed
            """;

    private static final String DETAIL =
            "What the database holds of it makes no sense, so no machine can be given it.";

    // Whoever queues a task writes both in one transaction, and the row is locked here.
    private static final String FORGET =
            """
            delete from queue q
             where q.task_id = any($1)
               and not exists (select 1 from task t where t.id = q.task_id and t.state = any($2))
            """;

    private PoisonStore() {}

    /** Fails tasks just granted. */
    static void fail(Transaction transaction, List<Long> tasks) {
        var states = TaskLifecycle.sources(Trigger.FAIL, TaskState.FAILED);
        transaction.query("failing poison", FAIL, arguments(tasks, states).addValue(DETAIL));
    }

    /**
     * Deletes the rows of those that stand in the queue and do not wait.
     *
     * @return how many
     */
    static int forget(Transaction transaction, List<Long> tasks) {
        var states = TaskLifecycle.sources(Trigger.CLAIM, TaskState.ASSIGNED);
        return transaction.query("clearing the queue", FORGET, arguments(tasks, states)).rowCount();
    }

    private static Tuple arguments(List<Long> tasks, Set<TaskState> states) {
        return Tuple.tuple()
                .addArrayOfLong(tasks.toArray(Long[]::new))
                .addArrayOfString(TaskState.names(states));
    }
}
