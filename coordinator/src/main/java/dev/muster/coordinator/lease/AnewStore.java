package dev.muster.coordinator.lease;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.Database.Transaction;

import io.vertx.sqlclient.Tuple;

import java.util.concurrent.atomic.LongAdder;

/**
 * Lets tasks begin anew that wait to go on in a workspace of a machine that was decommissioned: as
 * those do that it had been granted.
 */
final class AnewStore {

    // The first $2 behind task $1. One that is being moved is left for the next time.
    private static final String LOCK =
            """
            select q.task_id
              from machine m
              join queue q on q.pinned = m.id
              join task t on t.id = q.task_id and t.from_machine = m.id
             where m.status = 'decommissioned' and q.task_id > $1
             order by q.task_id
             limit $2
               for update of q skip locked
            """;

    // Queue row before task, as all who come from the queue. A machine that the task's own person
    // pinned it to stays its only one.
    private static final String BEGIN_ANEW =
            """
            with waiting as materialized (
                select q.task_id, m.id as machine_id
                  from queue q
                  join machine m on m.id = q.pinned and m.status = 'decommissioned'
                 where q.task_id = any($1)
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

    /** Answers how many there were. One that cannot be moved is passed by, as {@link Walk} does. */
    long beginAnew() {
        var all = new LongAdder();
        Walk.over(
                "beginning tasks anew",
                walk ->
                        all.add(
                                database.inTransaction(
                                        "beginning tasks anew",
                                        transaction -> beginAnew(transaction, walk))));
        return all.sum();
    }

    private static long beginAnew(Transaction transaction, Walk walk) {
        var chosen = Tuple.of(walk.after(), walk.most());
        var waiting = LeaseStore.tasks(transaction.query("locking waiting tasks", LOCK, chosen));
        walk.locked(waiting);
        if (waiting.length == 0) {
            return 0;
        }
        var tasks = Tuple.tuple().addArrayOfLong(waiting);
        return transaction.query("beginning tasks anew", BEGIN_ANEW, tasks).rowCount();
    }
}
