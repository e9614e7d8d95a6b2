package dev.muster.coordinator.lease;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.Database.Transaction;
import dev.muster.coordinator.task.HeldLease;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Load;
import dev.muster.protocol.message.Pause;

import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Notes that machines are alive, and prolongs what they hold. */
public final class LeaseStore {

    // Contact counts as never lost over a silence after which nobody is unreachable yet.
    private static final String SEEN =
            """
            update presence p
               set seen_at = now(), cpu = $3, memory = $4, disk = $5, pause = $8,
                   disk_drained = p.disk_drained and $5 > $7::float8,
                   contact_since = case when p.seen_at > now() - $6::bigint * interval '1 ms'
                                        then coalesce(p.contact_since, now()) else now() end
              from machine m
             where p.machine_id = $1 and p.boot = $2 and m.id = p.machine_id and m.status <> 'decommissioned'
            """;

    // Locked in the order of tasks, as everybody locks several leases. Nobody's window is shorter
    // than the silence after which a machine is offline.
    private static final String RENEW =
            """
            with good as materialized (
                select l.task_id, greatest(coalesce(p.grace_seconds * 1000::bigint, $4::bigint), $5::bigint) as millis
                  from unnest($2::bigint[], $3::bigint[]) as h (task_id, fence)
                  join lease l on l.task_id = h.task_id and l.fence = h.fence and l.machine_id = $1
                  join task t on t.id = l.task_id
                  join project p on p.id = t.project_id
                 order by l.task_id
                   for no key update of l
            )
            update lease l
               set expires_at = now() + g.millis * interval '1 ms', heard_at = now(), renewed = true
              from good g
             where l.task_id = g.task_id
            returning l.task_id, l.attempt, l.fence, l.lost, g.millis
            """;

    private static final String LOCK_TASKS =
            "select id from task where id = any($1) order by id for update";

    /**
     * A lease that its holder keeps.
     *
     * @param window for how long, from when the holder said so
     * @param lost whether its task waits for the holder
     */
    record Kept(LeaseRef lease, Duration window, boolean lost) {}

    private final Database database;

    LeaseStore(Database database) {
        this.database = database;
    }

    /** A row with {@code task_id}, {@code attempt}, {@code fence} and {@code machine_id}. */
    public static HeldLease held(Row row) {
        return new HeldLease(
                row.getUUID("machine_id"),
                new LeaseRef(
                        row.getLong("task_id"), row.getInteger("attempt"), row.getLong("fence")));
    }

    /**
     * Notes that the machine is alive; false if another daemon speaks for it, or nobody may.
     *
     * @param pause why it asks for no work; null if it does
     * @param unreachable silence after which contact counts as lost
     * @param diskThreshold share in use above which a disk is full
     */
    boolean seen(
            UUID machine,
            UUID boot,
            Load load,
            @Nullable Pause pause,
            Duration unreachable,
            double diskThreshold) {
        var arguments =
                Tuple.of(
                        machine,
                        boot,
                        (float) load.cpu(),
                        (float) load.memory(),
                        (float) load.disk(),
                        unreachable.toMillis(),
                        diskThreshold,
                        pause == null ? null : pause.name());
        return database.query("noting a heartbeat", SEEN, arguments).rowCount() == 1;
    }

    /**
     * Prolongs those of {@code held} that are good, and answers them.
     *
     * @param usual the window of projects that have none of their own
     * @param least nobody's is shorter
     */
    List<Kept> renew(UUID machine, List<LeaseRef> held, Duration usual, Duration least) {
        if (held.isEmpty()) {
            return List.of();
        }
        var arguments =
                Tuple.of(
                        machine,
                        held.stream().map(LeaseRef::task).toArray(Long[]::new),
                        held.stream().map(LeaseRef::fence).toArray(Long[]::new),
                        usual.toMillis(),
                        least.toMillis());
        var kept = new ArrayList<Kept>();
        database.query("renewing leases", RENEW, arguments).forEach(row -> kept.add(kept(row)));
        return kept;
    }

    private static Kept kept(Row row) {
        return new Kept(
                new LeaseRef(
                        row.getLong("task_id"), row.getInteger("attempt"), row.getLong("fence")),
                Duration.ofMillis(row.getLong("millis")),
                row.getBoolean("lost"));
    }

    /** Locks tasks in their order, as everybody who moves several; their leases come first. */
    public static void lockTasks(Transaction transaction, Long[] tasks) {
        transaction.query("locking tasks", LOCK_TASKS, Tuple.of(tasks));
    }

    /** Column {@code task_id} of each row. */
    static Long[] tasks(RowSet<Row> rows) {
        var tasks = new Long[rows.size()];
        int i = 0;
        for (var row : rows) {
            tasks[i++] = row.getLong("task_id");
        }
        return tasks;
    }
}
