package dev.muster.coordinator.lease;

import dev.muster.coordinator.db.Database;

import io.vertx.sqlclient.Tuple;

/**
 * Lets tasks begin anew that wait to go on in a workspace of a machine that was decommissioned: as
 * those do that it had been granted.
 */
final class AnewStore {

    private static final int MOST = 500;

    // Queue row before task, as all who come from the queue. One that is being moved is left for
    // the next time. A machine that the task's own person pinned it to stays its only one.
    private static final String BEGIN_ANEW =
            """
            with waiting as materialized (
                select q.task_id, m.id as machine_id
                  from machine m
                  join queue q on q.pinned = m.id
                  join task t on t.id = q.task_id and t.from_machine = m.id
                 where m.status = 'decommissioned'
                 order by q.task_id
                 limit $1
                   for update of q skip locked
            ), anew as (
                update task t
                   set from_stage = null, from_attempt = null, from_machine = null, events = t.events + 1
                  from waiting w
                 where t.id = w.task_id and t.state = 'QUEUED' and t.from_machine = w.machine_id
                returning t.id, t.events, t.attempt, t.pinned, w.machine_id
            ), queued as (
                update queue q
                   set pinned = a.pinned, flagged = false
                  from anew a
                 where q.task_id = a.id
            )
            insert into event (task_id, n, type, attempt, data)
            select id, events, 'begins_anew', attempt,
                   jsonb_build_object('reason', 'machine_decommissioned', 'machineId', machine_id)
              from anew
            """;

    private final Database database;

    AnewStore(Database database) {
        this.database = database;
    }

    /** Answers how many there were. */
    long beginAnew() {
        long all = 0;
        int some;
        do {
            some = database.query("beginning tasks anew", BEGIN_ANEW, Tuple.of(MOST)).rowCount();
            all += some;
        } while (some == MOST);
        return all;
    }
}
