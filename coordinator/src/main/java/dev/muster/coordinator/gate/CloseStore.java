package dev.muster.coordinator.gate;

import dev.muster.coordinator.db.Database.Transaction;
import dev.muster.coordinator.task.Viewer;
import dev.muster.protocol.task.TaskLifecycle;
import dev.muster.protocol.task.TaskState;
import dev.muster.protocol.task.Trigger;

import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.UUID;

/** Closes gates whose leases and tasks the caller has locked, and lets their tasks go on. */
final class CloseStore {

    // What was typed stays out of the event: it may be long, and may be nobody else's business.
    private static final String CLOSE =
            """
            with closed as (
                update gate g
                   set outcome = $2::text, closed_at = now(), answered_by = $4,
                       result = case $2::text when 'answered' then $3 when 'fallback' then g.fallback end
                 where g.id = any($1) and g.outcome is null
                returning g.task_id, g.attempt, g.stage, g.kind, g.result
            ), counted as (
                update task t
                   set events = t.events + 1
                  from closed c
                 where t.id = c.task_id
                returning t.id, t.events, t.pipeline_id
            ), noted as (
                insert into audit_entry (actor_kind, actor_id, actor_name, address, request, action, target_kind,
                                         target_id, data)
                select $6::jsonb ->> 'kind', $6::jsonb ->> 'id', $6::jsonb ->> 'name', $6::jsonb ->> 'address',
                       $6::jsonb ->> 'request', 'gate.answer', 'task', c.task_id::text,
                       jsonb_build_object('attempt', c.attempt, 'stageIndex', c.stage, 'kind', c.kind)
                       || case when c.kind <> 'input' then jsonb_build_object('result', c.result) else '{}'::jsonb end
                  from closed c
                 where $6::jsonb is not null
            )
            insert into event (task_id, n, type, attempt, data)
            select c.task_id, t.events, 'gate_change', c.attempt,
                   jsonb_build_object('status', $2::text, 'stageIndex', c.stage, 'kind', c.kind,
                                      'stage', p.stages -> c.stage ->> 'name')
                   || case when c.result is not null and c.kind <> 'input'
                           then jsonb_build_object('result', c.result) else '{}'::jsonb end
                   || $5
              from closed c
              join counted t on t.id = c.task_id
              join pipeline p on p.id = t.pipeline_id
            """;

    // A task whose machine is lost as well stays where it is: that exit is another.
    private static final String GO_ON =
            """
            with moved as (
                update task t
                   set state = case when t.lost_since is null then 'RUNNING' else t.state end,
                       reason = case when t.lost_since is not null then 'MACHINE_LOST' end,
                       detail = case when t.lost_since is not null then $3 end,
                       events = case when t.lost_since is null then t.events + 1 else t.events end
                 where t.id = any($1) and t.state = any($2) and t.reason = 'GATE'
                returning t.id, t.attempt, t.events, t.state
            )
            insert into event (task_id, n, type, attempt, data)
            select id, events, 'state_change', attempt,
                   jsonb_build_object('from', 'SUSPENDED', 'to', 'RUNNING', 'reason', 'GATE')
              from moved
             where state = 'RUNNING'
            """;

    private static final String STILL_LOST =
            "It was answered, and goes on when its machine is heard of again.";

    private CloseStore() {}

    /** A person answered. */
    static void answer(Transaction transaction, UUID gate, String result, Viewer by) {
        close(transaction, List.of(gate), "answered", result, by);
    }

    /** Nobody answered in time. Each takes its fallback if {@code fallsBack}. */
    static void expire(Transaction transaction, List<UUID> gates, boolean fallsBack) {
        close(transaction, gates, fallsBack ? "fallback" : "timed_out", null, null);
    }

    private static void close(
            Transaction transaction,
            List<UUID> gates,
            String outcome,
            @Nullable String result,
            @Nullable Viewer by) {
        var arguments =
                Tuple.of(
                        gates.toArray(UUID[]::new),
                        outcome,
                        result,
                        by == null ? null : by.developer(),
                        by == null ? new JsonObject() : new JsonObject().put("by", by.json()),
                        by == null ? null : by.actor().json());
        transaction.query("closing gates", CLOSE, arguments);
    }

    /** Lets tasks go on whose gates were answered. */
    static void goOn(Transaction transaction, List<Long> tasks) {
        var states = TaskState.names(TaskLifecycle.sources(Trigger.RESUME, TaskState.RUNNING));
        var arguments = Tuple.of(tasks.toArray(Long[]::new), states, STILL_LOST);
        transaction.query("letting tasks go on", GO_ON, arguments);
    }
}
