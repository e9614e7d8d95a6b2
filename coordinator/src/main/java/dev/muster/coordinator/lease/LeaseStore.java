package dev.muster.coordinator.lease;

import dev.muster.coordinator.db.Database;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Load;
import dev.muster.protocol.task.TaskLifecycle;
import dev.muster.protocol.task.TaskState;
import dev.muster.protocol.task.Trigger;

import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** Prolongs and ends leases. */
final class LeaseStore {

    /** Why leases end here. */
    enum Loss {
        /** Nobody heard of the machine for the whole grace window. */
        SILENCE("machine_lost", "The machine was not heard of in time."),
        /** Another daemon speaks for the machine now: what the old one ran died with it. */
        RESTART("worker_restarted", "The worker was restarted while it ran the task.");

        private final String reason;
        private final String detail;

        Loss(String reason, String detail) {
            this.reason = reason;
            this.detail = detail;
        }

        /** A stable word for it. */
        String reason() {
            return reason;
        }
    }

    private static final String SEEN =
            """
            update presence
               set seen_at = now(), cpu = $3, memory = $4, disk = $5
             where machine_id = $1 and boot = $2
            """;

    // Locked in the order of tasks, as everybody locks several leases.
    private static final String RENEW =
            """
            with good as materialized (
                select l.task_id
                  from unnest($2::bigint[], $3::bigint[]) as h (task_id, fence)
                  join lease l on l.task_id = h.task_id and l.fence = h.fence and l.machine_id = $1
                 order by l.task_id
                   for no key update of l
            )
            update lease l
               set expires_at = now() + $4::bigint * interval '1 ms', renewed = true
              from good g
             where l.task_id = g.task_id
            returning l.task_id, l.attempt, l.fence
            """;

    private static final String EXPIRED =
            """
            select task_id
              from lease
             where expires_at < now() and ($1 or not renewed)
             order by task_id
             limit 500
            """;

    private static final String OF_OTHER_BOOTS =
            """
            select task_id
              from lease
             where machine_id = $1 and boot <> $2
             order by task_id
            """;

    // Both in the order of tasks, as everybody locks them.
    private static final String LOCK =
            """
            select l.task_id
              from lease l
              join attempt a on a.task_id = l.task_id and a.number = l.attempt
             where l.task_id = any($1)
               and case when $2::uuid is null then l.expires_at < now() else l.boot <> $2 end
             order by l.task_id
               for update of l, a
            """;

    // What never started goes back to the queue under the same attempt, and its log begins anew:
    // fence 0 is nobody's. What ran is over, for nobody knows how far.
    private static final String END =
            """
            with ended as (
                delete from lease l
                 where l.task_id = any($1)
                returning l.task_id, l.attempt
            ), lost as (
                update attempt a
                   set ended_at = now(), outcome = 'LOST', reason = $2
                  from ended e
                 where a.task_id = e.task_id and a.number = e.attempt and a.started_at is not null
                returning a.task_id
            ), unstarted as (
                update attempt a
                   set fence = 0, log_bytes = 0, log_lines = 0
                  from ended e
                 where a.task_id = e.task_id and a.number = e.attempt and a.started_at is null
            ), wiped as (
                delete from log_chunk c
                 using ended e, attempt a
                 where c.task_id = e.task_id and c.attempt = e.attempt
                   and a.task_id = e.task_id and a.number = e.attempt and a.started_at is null
            ), failed as (
                update task t
                   set state = 'FAILED', ended_at = now(), reason = $2, detail = $3, events = t.events + 1
                  from lost l
                 where t.id = l.task_id and t.state = any($4)
                returning t.id, t.events, t.attempt
            ), released as (
                update task t
                   set state = 'QUEUED', machine_id = null, events = t.events + 1
                  from ended e
                 where t.id = e.task_id and t.state = any($5)
                returning t.id, t.events, t.attempt, t.project_id, t.priority, t.pinned
            ), queued as (
                insert into queue (task_id, project_id, priority, agent_type, pinned)
                select r.id, r.project_id, r.priority, p.agent_type, r.pinned
                  from released r
                  join project p on p.id = r.project_id
            ), told as (
                insert into event (task_id, n, type, attempt, data)
                select id, events, 'state_change', attempt,
                       jsonb_build_object('from', 'RUNNING', 'to', 'FAILED', 'reason', $2::text)
                  from failed
                 union all
                select id, events, 'state_change', attempt,
                       jsonb_build_object('from', 'ASSIGNED', 'to', 'QUEUED', 'reason', $2::text)
                  from released
            )
            select (select count(*) from failed) as failed, (select count(*) from released) as released
            """;

    /** How many tasks an end of leases moved. */
    record Ended(Loss why, long failed, long released) {}

    private final Database database;

    LeaseStore(Database database) {
        this.database = database;
    }

    /** Notes that the machine is alive; false if another daemon speaks for it. */
    boolean seen(UUID machine, UUID boot, Load load) {
        var arguments =
                Tuple.of(
                        machine,
                        boot,
                        (float) load.cpu(),
                        (float) load.memory(),
                        (float) load.disk());
        return database.query("noting a heartbeat", SEEN, arguments).rowCount() == 1;
    }

    /** Prolongs those of {@code held} that are good, and answers them. */
    Set<LeaseRef> renew(UUID machine, List<LeaseRef> held, Duration by) {
        if (held.isEmpty()) {
            return Set.of();
        }
        var arguments =
                Tuple.of(
                        machine,
                        held.stream().map(LeaseRef::task).toArray(Long[]::new),
                        held.stream().map(LeaseRef::fence).toArray(Long[]::new),
                        by.toMillis());
        return refs(database.query("renewing leases", RENEW, arguments));
    }

    /**
     * Tasks whose leases are over; those a heartbeat ever prolonged only if {@code alsoRenewed}.
     */
    Long[] expired(boolean alsoRenewed) {
        return tasks(database.query("looking for expired leases", EXPIRED, Tuple.of(alsoRenewed)));
    }

    /** Ends those of the leases whose time is still over. */
    Ended endExpired(Long[] tasks) {
        return tasks.length == 0 ? new Ended(Loss.SILENCE, 0, 0) : end(tasks, null, Loss.SILENCE);
    }

    /** Ends what daemons of the machine before {@code boot} held. */
    Ended endOfOtherBoots(UUID machine, UUID boot) {
        var tasks =
                tasks(
                        database.query(
                                "looking for a machine's old leases",
                                OF_OTHER_BOOTS,
                                Tuple.of(machine, boot)));
        return tasks.length == 0 ? new Ended(Loss.RESTART, 0, 0) : end(tasks, boot, Loss.RESTART);
    }

    private Ended end(Long[] tasks, @Nullable UUID boot, Loss loss) {
        return database.inTransaction(
                "ending leases",
                transaction -> {
                    var locked = transaction.query("locking leases", LOCK, Tuple.of(tasks, boot));
                    var arguments =
                            Tuple.of(
                                    tasks(locked),
                                    loss.reason,
                                    loss.detail,
                                    TaskState.names(
                                            TaskLifecycle.sources(Trigger.FAIL, TaskState.FAILED)),
                                    TaskState.names(
                                            TaskLifecycle.sources(
                                                    Trigger.RELEASE, TaskState.QUEUED)));
                    var row = transaction.query("ending leases", END, arguments).iterator().next();
                    return new Ended(loss, row.getLong("failed"), row.getLong("released"));
                });
    }

    private static Set<LeaseRef> refs(RowSet<Row> rows) {
        var refs = new HashSet<LeaseRef>();
        rows.forEach(
                row ->
                        refs.add(
                                new LeaseRef(
                                        row.getLong("task_id"),
                                        row.getInteger("attempt"),
                                        row.getLong("fence"))));
        return refs;
    }

    private static Long[] tasks(RowSet<Row> rows) {
        var tasks = new Long[rows.size()];
        int i = 0;
        for (var row : rows) {
            tasks[i++] = row.getLong("task_id");
        }
        return tasks;
    }
}
