package dev.muster.coordinator.lease;

import dev.muster.coordinator.db.Database.Transaction;
import dev.muster.protocol.task.TaskLifecycle;
import dev.muster.protocol.task.TaskState;
import dev.muster.protocol.task.Trigger;

import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;

import java.util.Set;
import java.util.stream.StreamSupport;

/**
 * Lets a task run again whose attempt was lost after it had begun: as its next attempt, with a new
 * workspace and from the first stage. Nothing is run twice unasked: every stage that the lost
 * attempt had come to must have {@code retries}, as many as attempts were lost. Where a stage had
 * failed for good the attempt only cleaned up, and is not run again.
 */
final class RerunStore {

    /**
     * What the stages themselves say of lost tasks.
     *
     * @param again they may run again
     * @param poison they may, and have been lost too often for that
     */
    record Policy(Long[] again, Long[] poison) {
        static final Policy NONE = new Policy(new Long[0], new Long[0]);
    }

    // Counted are attempts that began since a person asked for one the last time. Taking a machine
    // away is no fault of the task's. A pipeline that makes no sense allows nothing.
    private static final String JUDGE =
            """
            select t.id, n.losses >= $3 as poison
              from task t
              join pipeline l on l.id = t.pipeline_id
              join attempt a on a.task_id = t.id and a.number = t.attempt and a.started_at is not null
             cross join lateral (
                   select 1 + count(*) as losses
                     from attempt o
                    where o.task_id = t.id and o.number < t.attempt and o.started_at is not null
                      and o.outcome = 'LOST' and o.reason <> 'machine_decommissioned'
                      and o.number >= (select coalesce(max(e.attempt), 1)
                                         from event e
                                        where e.task_id = t.id and e.type = 'state_change'
                                          and e.data ->> 'to' = 'QUEUED' and e.data ? 'by')) n
             where t.id = any($1) and t.state = any($2)
               and jsonb_array_length(jsonb_path_query_array(
                       l.stages, '$[0 to $last] ? (@.retries >= $least || @.when == "on_failure")',
                       jsonb_build_object('last', coalesce(t.stage, 0),
                                          'least', case when n.losses >= $3 then 1 else n.losses end), true))
                   = coalesce(t.stage, 0) + 1
               and coalesce(stage_failed(t.id, t.attempt) >= t.stage, true)
            """;

    // The second of two moves of one transaction: nobody sees the first.
    private static final String RUN_AGAIN =
            """
            with again as (
                update task t
                   set state = 'QUEUED', attempt = t.attempt + 1, stage = null, try = null, tries = null,
                       machine_id = null, reason = null, detail = null, started_at = null, ended_at = null,
                       events = t.events + 1, from_stage = null, from_attempt = null, from_machine = null
                 where t.id = any($1) and t.state = any($2)
                returning t.id, t.attempt, t.events, t.project_id, t.pipeline_id, t.priority, t.pinned
            ), queued as (
                insert into queue (task_id, project_id, priority, agent_type, pinned)
                select a.id, a.project_id, a.priority, l.agent_type, a.pinned
                  from again a
                  join pipeline l on l.id = a.pipeline_id
            )
            insert into event (task_id, n, type, attempt, data)
            select id, events, 'state_change', attempt,
                   jsonb_build_object('from', 'FAILED', 'to', 'QUEUED', 'reason', $3::text)
              from again
            """;

    private RerunStore() {}

    /**
     * Looks at tasks whose leases are about to end.
     *
     * @param failing the states in which they fail by it
     * @param most as often they may be lost, this time counted
     */
    static Policy judge(Transaction transaction, Long[] tasks, Set<TaskState> failing, int most) {
        var asked = Tuple.of(tasks, TaskState.names(failing), most);
        var judged = transaction.query("judging lost tasks", JUDGE, asked);
        return new Policy(tasks(judged, false), tasks(judged, true));
    }

    private static Long[] tasks(RowSet<Row> judged, boolean poison) {
        return StreamSupport.stream(judged.spliterator(), false)
                .filter(row -> row.getBoolean("poison") == poison)
                .map(row -> row.getLong("id"))
                .toArray(Long[]::new);
    }

    /** Queues the next attempt of tasks that just failed; answers of how many. */
    static long runAgain(Transaction transaction, Long[] failed, String reason) {
        if (failed.length == 0) {
            return 0;
        }
        var states = TaskState.names(TaskLifecycle.sources(Trigger.RETRY, TaskState.QUEUED));
        var asked = Tuple.of(failed, states, reason);
        return transaction.query("running lost tasks again", RUN_AGAIN, asked).rowCount();
    }
}
