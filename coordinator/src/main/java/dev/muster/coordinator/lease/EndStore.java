package dev.muster.coordinator.lease;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.Database.Transaction;
import dev.muster.coordinator.task.HeldLease;
import dev.muster.protocol.task.TaskLifecycle;
import dev.muster.protocol.task.TaskState;
import dev.muster.protocol.task.Trigger;

import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Ends leases, and with them what was done under them. */
final class EndStore {

    /** As often a task may be lost and be given out again; then it is taken for poison. */
    private static final int MOST_LOSSES = 3;

    /** How long an agent type is kept from a machine that never begins what it is given. */
    private static final Duration NO_START = Duration.ofMinutes(10);

    /** Why leases end here. */
    enum Loss {
        /** Nobody heard of the machine for the whole grace window. */
        SILENCE("machine_lost", "The machine was not heard of in time."),
        /** The machine is heard of, and does not know of the attempt. */
        UNMENTIONED("worker_lost", "The worker does not know of the task any more."),
        /** Another daemon speaks for the machine now: what the old one ran died with it. */
        RESTART("worker_restarted", "The worker was restarted while it ran the task."),
        /** The machine was taken out of service for good. */
        DECOMMISSION("machine_decommissioned", "The machine was decommissioned.");

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

        /**
         * Whether it may be the task's own doing, which kills whatever tries it. Taking a machine
         * away is an operator's.
         */
        private boolean counts() {
            return switch (this) {
                case SILENCE, UNMENTIONED, RESTART -> true;
                case DECOMMISSION -> false;
            };
        }

        /**
         * Whether the machine may never have known that it had the lease. A daemon that was
         * replaced may have died of it; one that forgot it had it.
         */
        private boolean mayBeUnheard() {
            return this == SILENCE;
        }

        /** States in which a task whose attempt ran fails by it. */
        private Set<TaskState> failing() {
            return switch (this) {
                case SILENCE, UNMENTIONED, RESTART ->
                        TaskLifecycle.sources(Trigger.FAIL, TaskState.FAILED);
                case DECOMMISSION -> TaskLifecycle.sources(Trigger.DECOMMISSION, TaskState.FAILED);
            };
        }

        /** States in which a task whose attempt never began waits for another machine by it. */
        private Set<TaskState> releasing() {
            return switch (this) {
                case SILENCE, UNMENTIONED, RESTART ->
                        TaskLifecycle.sources(Trigger.RELEASE, TaskState.QUEUED);
                case DECOMMISSION -> TaskLifecycle.sources(Trigger.DECOMMISSION, TaskState.QUEUED);
            };
        }

        /** States in which a task whose attempt ran waits for its next attempt by it. */
        private Set<TaskState> beginningAnew() {
            return switch (this) {
                case SILENCE, UNMENTIONED, RESTART -> Set.of();
                case DECOMMISSION -> TaskLifecycle.sources(Trigger.DECOMMISSION, TaskState.QUEUED);
            };
        }
    }

    // All lock leases and their attempts, in the order of tasks, as everybody locks them: the first
    // $2 behind task $1. What is silence and what not is decided under the lock, so a heartbeat
    // comes before it or after it.
    private static final String LOCK_SILENT =
            """
            select l.task_id, l.attempt, l.fence, l.machine_id
              from lease l
              join attempt a on a.task_id = l.task_id and a.number = l.attempt
             where l.task_id > $1 and l.expires_at < now()
               and l.expires_at - l.heard_at <= $3::bigint * interval '1 ms'
             order by l.task_id
             limit $2
               for update of l, a
            """;

    // Contact must have been there for a while without a break: a machine that is just back says
    // that it is alive a moment before it says what it runs.
    private static final String LOCK_UNMENTIONED =
            """
            select l.task_id, l.attempt, l.fence, l.machine_id
              from lease l
              join attempt a on a.task_id = l.task_id and a.number = l.attempt
              join presence p on p.machine_id = l.machine_id and p.boot = l.boot
             where l.task_id > $1 and l.renewed and l.heard_at < now() - $3::bigint * interval '1 ms'
               and p.contact_since < now() - $3::bigint * interval '1 ms'
               and p.seen_at > now() - $4::bigint * interval '1 ms'
             order by l.task_id
             limit $2
               for update of l, a
            """;

    // Only for who speaks for the machine still: between greeting and this, another may have come.
    private static final String LOCK_OF_OTHER_BOOTS =
            """
            select l.task_id, l.attempt, l.fence, l.machine_id
              from lease l
              join presence p on p.machine_id = l.machine_id and p.boot = $4
              join attempt a on a.task_id = l.task_id and a.number = l.attempt
             where l.task_id > $1 and l.machine_id = $3 and l.boot <> $4
             order by l.task_id
             limit $2
               for update of l, a
            """;

    private static final String LOCK_DECOMMISSIONED =
            """
            select l.task_id, l.attempt, l.fence, l.machine_id
              from lease l
              join attempt a on a.task_id = l.task_id and a.number = l.attempt
              join machine m on m.id = l.machine_id and m.status = 'decommissioned'
             where l.task_id > $1
             order by l.task_id
             limit $2
               for update of l, a
            """;

    // What never started goes back to the queue under the same attempt, and its log begins anew:
    // fence 0 is nobody's. What ran is over, for nobody knows how far; if its task may run again,
    // then as the next attempt. A task whose machine was decommissioned begins anew and does not go
    // on in a workspace there. What was lost too often before it started is over as well, and its
    // log stays to be looked at. So is what ran and was lost too often ($13).
    //
    // Of what was lost without a word the machine may never have heard: nothing was tried, so it is
    // not counted for the task but for the machine, once for all that it lost at a time, and others
    // are asked first. Who was named or printed something had begun with it.
    private static final String END =
            """
            with ended as (
                delete from lease l
                 where l.task_id = any($1)
                returning l.task_id, l.attempt, l.machine_id, l.boot, l.renewed
            ), judged as materialized (
                select e.task_id, e.attempt, e.machine_id, e.boot, t.state, t.pipeline_id, a.losses as before,
                       a.started_at is not null as ran, $10 and not e.renewed and a.log_bytes = 0 as unheard
                  from ended e
                  join task t on t.id = e.task_id
                  join attempt a on a.task_id = e.task_id and a.number = e.attempt
            ), held as materialized (
                select j.*, j.before + case when $7 and not j.unheard then 1 else 0 end as losses,
                       case when j.ran then j.task_id = any($13)
                            else $7 and not j.unheard and j.before + 1 >= $8 and j.state = any($9) end as poison
                  from judged j
            ), lost as (
                update attempt a
                   set ended_at = now(), outcome = 'LOST', reason = case when h.ran then $2 else 'poison' end,
                       losses = case when h.ran then a.losses else h.losses end
                  from held h
                 where a.task_id = h.task_id and a.number = h.attempt and (h.ran or h.poison)
            ), unstarted as (
                update attempt a
                   set fence = 0, log_bytes = 0, log_lines = 0, log_link = default, losses = h.losses
                  from held h
                 where a.task_id = h.task_id and a.number = h.attempt and not h.ran and not h.poison
            ), wiped as (
                delete from log_chunk c
                 using held h
                 where c.task_id = h.task_id and c.attempt = h.attempt and not h.ran and not h.poison
            ), unsized as (
                delete from terminal_size s
                 using held h
                 where s.task_id = h.task_id and s.attempt = h.attempt and not h.ran and not h.poison
            ), closed as (
                update gate g
                   set outcome = 'over', closed_at = now()
                  from held h
                 where g.task_id = h.task_id and g.outcome is null
            ), failed as (
                update task t
                   set state = 'FAILED', ended_at = now(), reason = case when h.poison then 'poison' else $2 end,
                       detail = case when not h.poison then $3
                                     else format('It was lost %s times %s, so it is not tried again. The last time: %s',
                                                 case when h.ran then $8 else h.losses end,
                                                 case when h.ran then 'while it ran' else 'before its first stage' end,
                                                 $3::text) end,
                       lost_since = null, events = t.events + 1
                  from held h
                 where t.id = h.task_id and (h.poison or h.ran and t.state = any($4))
                returning t.id, t.events, t.attempt, t.reason, h.state, h.poison,
                          case when h.ran then $8 else h.losses end as losses
            ), released as (
                update task t
                   set state = 'QUEUED', machine_id = null, lost_since = null, stage = null, try = null,
                       tries = null, reason = null, detail = null, events = t.events + 1,
                       attempt = case when h.ran then t.attempt + 1 else t.attempt end,
                       from_stage = case when h.ran or not $7 then null else t.from_stage end,
                       from_attempt = case when h.ran or not $7 then null else t.from_attempt end,
                       from_machine = case when h.ran or not $7 then null else t.from_machine end
                  from held h
                 where t.id = h.task_id and not h.poison
                   and t.state = any(case when h.ran then $6::text[] else $5::text[] end)
                returning t.id, t.events, t.attempt, t.project_id, t.pipeline_id, t.priority,
                          coalesce(t.from_machine, t.pinned) as pinned, h.state,
                          case when not h.ran and h.losses > 0 then h.losses end as losses,
                          case when h.unheard and coalesce(t.from_machine, t.pinned) is null
                               then h.machine_id end as passed_over
            ), queued as (
                insert into queue (task_id, project_id, priority, agent_type, pinned, passed_over, passed_until)
                select r.id, r.project_id, r.priority, l.agent_type, r.pinned, r.passed_over,
                       case when r.passed_over is not null then now() + $11::bigint * interval '1 ms' end
                  from released r
                  join pipeline l on l.id = r.pipeline_id
            ), told as (
                insert into event (task_id, n, type, attempt, data)
                select id, events, 'state_change', attempt,
                       jsonb_build_object('from', state, 'to', 'FAILED', 'reason', reason)
                       || case when poison then jsonb_build_object('losses', losses, 'lastLoss', $2::text)
                               else '{}' end
                  from failed
                 union all
                select id, events, 'state_change', attempt,
                       jsonb_strip_nulls(jsonb_build_object('from', state, 'to', 'QUEUED', 'reason', $2::text,
                                                            'losses', losses))
                  from released
            ), mistrusted as (
                insert into capability_state as c (machine_id, agent_type, boot, failures, degraded_until, why)
                select h.machine_id, l.agent_type, (array_agg(h.boot))[1], 1, now() + $12::bigint * interval '1 ms',
                       'no_start'
                  from held h
                  join pipeline l on l.id = h.pipeline_id
                 where h.unheard
                 group by h.machine_id, l.agent_type
                 order by h.machine_id, l.agent_type
                    on conflict (machine_id, agent_type)
                    do update set boot = excluded.boot, why = excluded.why, degraded_until = excluded.degraded_until,
                                  failures = excluded.failures + case when c.boot = excluded.boot then c.failures else 0 end
            )
            select (select count(*) from failed where not poison) as failed,
                   (select count(*) from failed where poison) as poisoned,
                   (select count(*) from released) as released
            """;

    /**
     * What ended.
     *
     * @param failed how many tasks failed by it
     * @param poisoned how many more were lost once too often
     * @param released how many wait for another machine
     * @param again how many of those that failed run again, since their stages may be retried
     */
    record Ended(
            Loss why,
            long failed,
            long poisoned,
            long released,
            long again,
            List<HeldLease> held) {}

    private final Database database;
    private final Duration passOver;

    /**
     * @param passOver how long a task is not given again to a machine that lost it without a word
     */
    EndStore(Database database, Duration passOver) {
        this.database = database;
        this.passOver = passOver;
    }

    /** Ends what nobody spoke for in its window, if that is no longer than {@code trusted}. */
    Ended endSilent(Duration trusted) {
        return end(Loss.SILENCE, LOCK_SILENT, trusted.toMillis());
    }

    /**
     * Ends what a machine named before and not for {@code within}, though it is in contact.
     *
     * @param contact how recently it must have been heard of for that
     */
    Ended endUnmentioned(Duration within, Duration contact) {
        return end(Loss.UNMENTIONED, LOCK_UNMENTIONED, within.toMillis(), contact.toMillis());
    }

    /** Ends what daemons of the machine before {@code boot} held. */
    Ended endOfOtherBoots(UUID machine, UUID boot) {
        return end(Loss.RESTART, LOCK_OF_OTHER_BOOTS, machine, boot);
    }

    /** Ends what machines hold that were decommissioned. */
    Ended endOfDecommissioned() {
        return end(Loss.DECOMMISSION, LOCK_DECOMMISSIONED);
    }

    private Ended end(Loss loss, String lock, Object... arguments) {
        var parts = new ArrayList<Ended>();
        Walk.over(
                "ending leases",
                walk ->
                        database.inTransaction(
                                        "ending leases",
                                        transaction ->
                                                end(transaction, loss, lock, walk, arguments))
                                .ifPresent(parts::add));
        return new Ended(
                loss,
                parts.stream().mapToLong(Ended::failed).sum(),
                parts.stream().mapToLong(Ended::poisoned).sum(),
                parts.stream().mapToLong(Ended::released).sum(),
                parts.stream().mapToLong(Ended::again).sum(),
                parts.stream().flatMap(part -> part.held().stream()).toList());
    }

    private Optional<Ended> end(
            Transaction transaction, Loss loss, String lock, Walk walk, Object... arguments) {
        var chosen = Tuple.of(walk.after(), walk.most());
        List.of(arguments).forEach(chosen::addValue);
        var locked = transaction.query("locking leases", lock, chosen);
        var tasks = LeaseStore.tasks(locked);
        walk.locked(tasks);
        if (tasks.length == 0) {
            return Optional.empty();
        }
        // A statement of its own: who moves a task under no lease may have come before.
        LeaseStore.lockTasks(transaction, tasks);
        var policy =
                loss.counts()
                        ? RerunStore.judge(transaction, tasks, loss.failing(), MOST_LOSSES)
                        : RerunStore.Policy.NONE;
        var row =
                transaction
                        .query("ending leases", END, endArguments(tasks, loss, policy.poison()))
                        .iterator()
                        .next();
        var again = RerunStore.runAgain(transaction, policy.again(), loss.reason());
        return Optional.of(
                new Ended(
                        loss,
                        row.getLong("failed"),
                        row.getLong("poisoned"),
                        row.getLong("released"),
                        again,
                        held(locked)));
    }

    private Tuple endArguments(Long[] tasks, Loss loss, Long[] poison) {
        return Tuple.of(
                tasks,
                loss.reason,
                loss.detail,
                TaskState.names(loss.failing()),
                TaskState.names(loss.releasing()),
                TaskState.names(loss.beginningAnew()),
                loss.counts(),
                MOST_LOSSES,
                TaskState.names(TaskLifecycle.sources(Trigger.FAIL, TaskState.FAILED)),
                loss.mayBeUnheard(),
                passOver.toMillis(),
                NO_START.toMillis(),
                poison);
    }

    private static List<HeldLease> held(RowSet<Row> rows) {
        var held = new ArrayList<HeldLease>();
        for (var row : rows) {
            held.add(LeaseStore.held(row));
        }
        return held;
    }
}
