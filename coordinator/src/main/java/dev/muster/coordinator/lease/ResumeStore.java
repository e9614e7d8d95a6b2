package dev.muster.coordinator.lease;

import dev.muster.coordinator.db.Database;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.task.TaskLifecycle;
import dev.muster.protocol.task.TaskState;
import dev.muster.protocol.task.Trigger;

import io.vertx.sqlclient.Tuple;

import java.util.List;
import java.util.UUID;

/** Lets tasks go on whose machine was lost and is heard of again. */
public final class ResumeStore {

    private static final String LOCK =
            """
            select l.task_id
              from unnest($2::bigint[], $3::bigint[], $1::uuid[]) as h (task_id, fence, machine_id)
              join lease l on l.task_id = h.task_id and l.fence = h.fence and l.machine_id = h.machine_id
             where l.lost
             order by l.task_id
               for update of l
            """;

    // A task that a gate holds as well stays where it is: the gate's exit is another.
    private static final String RESUME =
            """
            with back as (
                update lease l
                   set lost = false, heard_at = now(), expires_at = now() + (l.expires_at - l.heard_at)
                 where l.task_id = any($1)
                returning l.task_id, l.machine_id
            ), moved as (
                update task t
                   set state = 'RUNNING', reason = null, detail = null, lost_since = null, events = t.events + 1
                  from back b
                 where t.id = b.task_id and t.state = any($2) and t.reason = 'MACHINE_LOST'
                returning t.id, t.events, t.attempt, b.machine_id
            ), noted as (
                update task t
                   set lost_since = null, events = t.events + 1
                  from back b
                 where t.id = b.task_id and t.state = any($2) and t.reason is distinct from 'MACHINE_LOST'
                returning t.id, t.events, t.attempt, b.machine_id
            ), told as (
                insert into event (task_id, n, type, attempt, data)
                select id, events, 'state_change', attempt,
                       jsonb_build_object('from', 'SUSPENDED', 'to', 'RUNNING', 'reason', 'MACHINE_BACK',
                                          'machineId', machine_id)
                  from moved
                 union all
                select id, events, 'machine_change', attempt,
                       jsonb_build_object('status', 'back', 'machineId', machine_id)
                  from noted
            )
            select count(*) as resumed from moved
            """;

    private final Database database;

    public ResumeStore(Database database) {
        this.database = database;
    }

    /**
     * Takes back that their machines are lost, of those of {@code held} that are held by right.
     *
     * @param machines the holder of each
     * @return how many run on; those that a gate holds as well do not
     */
    public long resume(List<UUID> machines, List<LeaseRef> held) {
        var leases =
                Tuple.of(
                        machines.toArray(UUID[]::new),
                        held.stream().map(LeaseRef::task).toArray(Long[]::new),
                        held.stream().map(LeaseRef::fence).toArray(Long[]::new));
        return database.inTransaction(
                "resuming tasks",
                transaction -> {
                    var lost =
                            LeaseStore.tasks(
                                    transaction.query("locking lost leases", LOCK, leases));
                    if (lost.length == 0) {
                        return 0L;
                    }
                    LeaseStore.lockTasks(transaction, lost);
                    var states =
                            TaskState.names(
                                    TaskLifecycle.sources(Trigger.RESUME, TaskState.RUNNING));
                    var arguments = Tuple.tuple().addArrayOfLong(lost).addArrayOfString(states);
                    return transaction
                            .query("resuming tasks", RESUME, arguments)
                            .iterator()
                            .next()
                            .getLong("resumed");
                });
    }
}
