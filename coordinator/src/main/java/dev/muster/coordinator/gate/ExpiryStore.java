package dev.muster.coordinator.gate;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.Database.Transaction;
import dev.muster.coordinator.lease.LeaseStore;
import dev.muster.coordinator.task.HeldLease;
import dev.muster.protocol.message.GateAnswer;
import dev.muster.protocol.task.TaskLifecycle;
import dev.muster.protocol.task.TaskState;
import dev.muster.protocol.task.Trigger;

import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Closes gates that nobody answered in time: their tasks fail, or go on with the fallback. */
final class ExpiryStore {

    /** A machine and an answer of which it must hear. */
    record Told(UUID machine, GateAnswer answer) {}

    /**
     * What expired.
     *
     * @param failed what must end
     * @param wentOn what fell back
     */
    record Expired(List<HeldLease> failed, List<Told> wentOn) {
        private static final Expired NOTHING = new Expired(List.of(), List.of());
    }

    // Written only now and then, so that an idle coordinator costs no commit a second. A clock that
    // was put back begins anew.
    private static final String EXCUSE =
            """
            with before as materialized (
                select swept_at
                  from gate_sweep
                 where id = 1 and (swept_at > now() or swept_at < now() - $1::bigint * interval '1 ms')
                   for update
            ), marked as (
                update gate_sweep
                   set swept_at = now()
                  from before
                 where id = 1
            )
            update gate
               set expires_at = expires_at + (now() - greatest(b.swept_at, opened_at))
              from before b
             where outcome is null and b.swept_at < now() - $2::bigint * interval '1 ms'
            """;

    private static final String LOCK =
            """
            select l.task_id, l.attempt, l.fence, l.machine_id
              from gate g
              join lease l on l.task_id = g.task_id and l.attempt = g.attempt
              join attempt a on a.task_id = l.task_id and a.number = l.attempt
             where g.outcome is null and g.expires_at < now()
             order by l.task_id
             limit 200
               for update of l, a
            """;

    // Judged again under the locks: an answer may have come before.
    private static final String DUE =
            """
            select id, task_id, stage, fallback
              from gate
             where task_id = any($1) and outcome is null and expires_at < now()
             order by task_id
            """;

    private static final String FAIL =
            """
            with ended as (
                delete from lease l
                 where l.task_id = any($1)
                returning l.task_id, l.attempt
            ), noted as (
                update attempt a
                   set ended_at = now(), outcome = 'FAILED', reason = 'gate_timeout'
                  from ended e
                 where a.task_id = e.task_id and a.number = e.attempt
            ), failed as (
                update task t
                   set state = 'FAILED', ended_at = now(), reason = 'gate_timeout', detail = $3, lost_since = null,
                       events = t.events + 1
                  from ended e
                 where t.id = e.task_id and t.state = any($2)
                returning t.id, t.events, t.attempt
            )
            insert into event (task_id, n, type, attempt, data)
            select id, events, 'state_change', attempt,
                   jsonb_build_object('from', 'SUSPENDED', 'to', 'FAILED', 'reason', 'gate_timeout', 'detail', $3::text)
              from failed
            """;

    private static final String DETAIL = "Nobody answered at its gate in time.";

    private final Database database;

    ExpiryStore(Database database) {
        this.database = database;
    }

    /**
     * Marks that gates are looked after now, and gives open ones more time: as long as nobody did,
     * which is as long as nobody could answer.
     *
     * @param every how often to mark
     * @param most a longer time than that is an outage
     * @return how many have more time
     */
    int excuseOutage(Duration every, Duration most) {
        var arguments = Tuple.of(every.toMillis(), most.toMillis());
        return database.query("giving gates more time", EXCUSE, arguments).rowCount();
    }

    /** Closes what is due by the database's clock, at most 200 at once. */
    Expired expire() {
        return database.inTransaction("closing gates that are due", ExpiryStore::expire);
    }

    private static Expired expire(Transaction transaction) {
        var held = held(transaction.query("locking leases", LOCK, Tuple.tuple()));
        if (held.isEmpty()) {
            return Expired.NOTHING;
        }
        var ids = held.keySet().toArray(Long[]::new);
        LeaseStore.lockTasks(transaction, ids);
        var failing = new ArrayList<Row>();
        var going = new ArrayList<Row>();
        for (var row : transaction.query("looking for gates that are due", DUE, Tuple.of(ids))) {
            (row.getString("fallback") == null ? failing : going).add(row);
        }
        fail(transaction, failing);
        goOn(transaction, going);
        return new Expired(
                failing.stream().map(row -> held.get(row.getLong("task_id"))).toList(),
                going.stream().map(row -> told(held.get(row.getLong("task_id")), row)).toList());
    }

    private static Map<Long, HeldLease> held(RowSet<Row> rows) {
        var held = new HashMap<Long, HeldLease>();
        for (var row : rows) {
            held.put(row.getLong("task_id"), LeaseStore.held(row));
        }
        return held;
    }

    private static void fail(Transaction transaction, List<Row> gates) {
        if (gates.isEmpty()) {
            return;
        }
        CloseStore.expire(transaction, ids(gates), false);
        var arguments =
                Tuple.of(
                        tasks(gates).toArray(Long[]::new),
                        TaskState.names(TaskLifecycle.sources(Trigger.FAIL, TaskState.FAILED)),
                        DETAIL);
        transaction.query("failing tasks", FAIL, arguments);
    }

    private static void goOn(Transaction transaction, List<Row> gates) {
        if (!gates.isEmpty()) {
            CloseStore.expire(transaction, ids(gates), true);
            CloseStore.goOn(transaction, tasks(gates));
        }
    }

    private static List<UUID> ids(List<Row> gates) {
        return gates.stream().map(row -> row.getUUID("id")).toList();
    }

    private static List<Long> tasks(List<Row> gates) {
        return gates.stream().map(row -> row.getLong("task_id")).toList();
    }

    private static Told told(HeldLease held, Row gate) {
        var answer =
                new GateAnswer(held.lease(), gate.getInteger("stage"), gate.getString("fallback"));
        return new Told(held.machine(), answer);
    }
}
