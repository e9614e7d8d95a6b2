package dev.muster.coordinator.lease;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.Database.Transaction;
import dev.muster.protocol.task.TaskLifecycle;
import dev.muster.protocol.task.TaskState;
import dev.muster.protocol.task.Trigger;

import io.vertx.sqlclient.Tuple;

import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/** Looks for silent machines: how far silence can be trusted, and whose tasks wait. */
final class SweepStore {

    // A break between two sweeps, or a jump of the clock, means that nobody could be heard: what
    // counts is silence after it. The same when most machines fall silent at once. That is looked
    // at only when all could speak for long enough to be called silent.
    private static final String MARK =
            """
            with holders as (
                select count(*) as machines,
                       count(*) filter (
                           where coalesce(p.seen_at < now() - $1::bigint * interval '1 ms', true)) as silent
                  from (select distinct machine_id from lease) h
                  left join presence p on p.machine_id = h.machine_id
            ), before as materialized (
                select s.crowd_since,
                       case when now() - s.swept_at between interval '0 s' and $2::bigint * interval '1 ms'
                            then s.heard_since else now() end as heard_since
                  from sweep s
                 where s.id = 1
            ), marked as (
                update sweep s
                   set swept_at = now(),
                       heard_since = b.heard_since,
                       crowd_since = case when h.silent >= $3::bigint and 2 * h.silent > h.machines
                                           and b.heard_since <= now() - $1::bigint * interval '1 ms'
                                          then coalesce(b.crowd_since, now()) end
                  from before b, holders h
                 where s.id = 1
                returning s.heard_since, s.crowd_since
            )
            select h.machines, h.silent, m.crowd_since is not null as crowd,
                   m.crowd_since is not null and b.crowd_since is null as begins,
                   (extract(epoch from now() - greatest(m.heard_since, m.crowd_since)) * 1000)::bigint as trusted
              from marked m, before b, holders h
            """;

    // Only what ran, the first $2 behind task $1: what was never begun has a deadline of its own.
    private static final String LOCK_SILENT =
            """
            select l.task_id
              from lease l
              join presence p on p.machine_id = l.machine_id
              join attempt a on a.task_id = l.task_id and a.number = l.attempt
             where l.task_id > $1 and not l.lost and l.heard_at < now() - $3::bigint * interval '1 ms'
               and coalesce(p.seen_at < now() - $3::bigint * interval '1 ms', true)
               and a.started_at is not null
             order by l.task_id
             limit $2
               for update of l
            """;

    private static final String SUSPEND =
            """
            with silent as materialized (
                select l.task_id, l.machine_id
                  from lease l
                 where l.task_id = any($1)
            ), moved as (
                update task t
                   set state = 'SUSPENDED', reason = 'MACHINE_LOST', detail = $2, lost_since = now(),
                       events = t.events + 1
                  from silent s
                 where t.id = s.task_id and t.state = any($3)
                returning t.id, t.events, t.attempt, s.machine_id
            ), noted as (
                update task t
                   set lost_since = now(), events = t.events + 1
                  from silent s
                 where t.id = s.task_id and t.state = 'SUSPENDED'
                returning t.id, t.events, t.attempt, s.machine_id
            ), lost as (
                update lease l
                   set lost = true
                  from (select id from moved union all select id from noted) m
                 where l.task_id = m.id
            ), told as (
                insert into event (task_id, n, type, attempt, data)
                select id, events, 'state_change', attempt,
                       jsonb_build_object('from', 'RUNNING', 'to', 'SUSPENDED', 'reason', 'MACHINE_LOST',
                                          'machineId', machine_id)
                  from moved
                 union all
                select id, events, 'machine_change', attempt,
                       jsonb_build_object('status', 'lost', 'machineId', machine_id)
                  from noted
            )
            select count(*) as suspended from moved
            """;

    private static final String DETAIL =
            "Its machine is not heard of. What runs there goes on until the grace window is over.";

    /** So few machines that fall silent at once are no crowd, however large their share. */
    private static final int LEAST_CROWD = 3;

    /**
     * How a sweep found the machines.
     *
     * @param machines that hold leases
     * @param silent how many of them are silent for long enough to be offline
     * @param crowd whether those are most of them
     * @param begins whether that was noticed just now
     * @param trusted silence up to this long is the machines' own
     */
    record View(long machines, long silent, boolean crowd, boolean begins, Duration trusted) {}

    private final Database database;

    SweepStore(Database database) {
        this.database = database;
    }

    /**
     * Notes that machines can be heard now.
     *
     * @param offline silence that counts
     * @param mostBetween sweeps further apart are a break
     */
    View mark(Duration offline, Duration mostBetween) {
        var arguments = Tuple.of(offline.toMillis(), mostBetween.toMillis(), (long) LEAST_CROWD);
        var row = database.query("looking at machines", MARK, arguments).iterator().next();
        return new View(
                row.getLong("machines"),
                row.getLong("silent"),
                row.getBoolean("crowd"),
                row.getBoolean("begins"),
                Duration.ofMillis(row.getLong("trusted")));
    }

    /** Lets tasks wait whose machines are silent for {@code offline}; answers how many. */
    long suspend(Duration offline) {
        var suspended = new LongAdder();
        Walk.over(
                "suspending tasks",
                walk ->
                        suspended.add(
                                database.inTransaction(
                                        "suspending tasks",
                                        transaction -> suspend(transaction, walk, offline))));
        return suspended.sum();
    }

    private static long suspend(Transaction transaction, Walk walk, Duration offline) {
        var chosen = Tuple.of(walk.after(), walk.most(), offline.toMillis());
        var silent =
                LeaseStore.tasks(transaction.query("locking silent leases", LOCK_SILENT, chosen));
        walk.locked(silent);
        if (silent.length == 0) {
            return 0;
        }
        LeaseStore.lockTasks(transaction, silent);
        var states = TaskState.names(TaskLifecycle.sources(Trigger.SUSPEND, TaskState.SUSPENDED));
        return transaction
                .query("suspending tasks", SUSPEND, Tuple.of(silent, DETAIL, states))
                .iterator()
                .next()
                .getLong("suspended");
    }
}
