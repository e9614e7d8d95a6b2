package dev.muster.coordinator.dispatch;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.project.Pipelines;
import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.task.TaskLifecycle;
import dev.muster.protocol.task.TaskState;
import dev.muster.protocol.task.Trigger;

import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Takes tasks off the queue and grants leases, both in one transaction. */
final class GrantStore {

    /** Bounds a transaction, and how long those who wait for a later one wait. */
    private static final int MOST_AT_ONCE = 256;

    // Of what any machine may run at most the open credit, and of what is pinned to a machine at
    // most its own: so a task that must wait for one machine never blocks those behind it. A
    // machine that was drained, or whose daemon was replaced, since it pulled counts for nothing.
    // The rows stay in the queue, locked, until they are granted.
    private static final String TAKE =
            """
            with open as materialized (
                select o.*
                  from unnest($1::uuid[], $2::uuid[], $3::int[]) as o (machine_id, boot, credit)
                  join machine m on m.id = o.machine_id and m.status = 'active'
                  join presence s on s.machine_id = o.machine_id and s.boot = o.boot
            ), pinned as materialized (
                select q.task_id, q.pinned, q.priority
                  from (select task_id, pinned,
                               row_number() over (partition by pinned order by priority desc, task_id) as place
                          from queue
                         where pinned = any($1) and agent_type = any($4)) w
                  join open o on o.machine_id = w.pinned and w.place <= o.credit
                  join queue q on q.task_id = w.task_id
                 order by q.priority desc, q.task_id
                 limit $5
                   for update of q skip locked
            ), free as materialized (
                select task_id, pinned, priority
                  from queue
                 where pinned is null and agent_type = any($4)
                 order by priority desc, task_id
                 limit (select least(coalesce(sum(credit), 0), $5) from open)
                   for update skip locked
            )
            select head.task_id, head.pinned, (select array_agg(boot) from open) as open
              from (select * from pinned union all select * from free) head
             order by head.priority desc, head.task_id
            """;

    // A machine that was drained, or whose daemon was replaced, since it pulled is granted nothing.
    private static final String GRANT =
            """
            with placed as (
                select p.*
                  from unnest($1::bigint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::int[])
                       as p (task_id, machine_id, boot, poll, credit)
                  join machine m on m.id = p.machine_id and m.status = 'active'
                  join presence s on s.machine_id = p.machine_id and s.boot = p.boot
            ), moved as (
                update task t
                   set state = 'ASSIGNED', machine_id = p.machine_id, fence = t.fence + 1, events = t.events + 1,
                       stage = null, reason = null, detail = null
                  from placed p
                 where t.id = p.task_id and t.state = any($7)
                returning t.id, t.attempt, t.fence, t.events, t.project_id, t.pipeline_id, t.developer_id,
                          t.description, p.machine_id, p.boot, p.poll, p.credit
            ), leased as (
                insert into lease (task_id, attempt, fence, machine_id, boot, poll, credit, expires_at)
                select id, attempt, fence, machine_id, boot, poll, credit, now() + $6::bigint * interval '1 ms'
                  from moved
            ), attempted as (
                insert into attempt (task_id, number, machine_id, fence)
                select id, attempt, machine_id, fence
                  from moved
                    on conflict (task_id, number)
                    do update set machine_id = excluded.machine_id, fence = excluded.fence, granted_at = now()
            ), dequeued as (
                delete from queue q
                 using moved m
                 where q.task_id = m.id
            ), told as (
                insert into event (task_id, n, type, attempt, data)
                select id, events, 'state_change', attempt,
                       jsonb_build_object('from', 'QUEUED', 'to', 'ASSIGNED', 'machineId', machine_id)
                  from moved
            )
            select m.id, m.attempt, m.fence, m.poll, m.description, m.pipeline_id, p.key, p.repo_url,
                   p.default_branch, p.agent_type, d.git_name, d.git_email
              from moved m
              join project p on p.id = m.project_id
              join developer d on d.id = m.developer_id
             order by m.id
            """;

    private static final String GRANTED =
            """
            select t.id, l.attempt, l.fence, l.poll, t.description, t.pipeline_id, p.key, p.repo_url,
                   p.default_branch, p.agent_type, d.git_name, d.git_email
              from lease l
              join task t on t.id = l.task_id
              join project p on p.id = t.project_id
              join developer d on d.id = t.developer_id
             where l.poll = $1 and l.machine_id = $2
             order by t.id
            """;

    private final Database database;
    private final Pipelines pipelines;
    private final Duration startDeadline;

    GrantStore(Database database, Pipelines pipelines, Duration startDeadline) {
        this.database = database;
        this.pipelines = pipelines;
        this.startDeadline = startDeadline;
    }

    /**
     * Takes as many tasks as there is credit, lets {@code Placement} choose, and grants what it
     * chose.
     *
     * @param pulls with the same capabilities, so that any of them may run any task taken that is
     *     not pinned
     * @return the assignments of each poll; polls that got nothing are absent
     */
    Map<UUID, List<Assignment>> grant(List<OpenPull> pulls) {
        var rows =
                database.inTransaction(
                        "granting leases",
                        transaction -> {
                            var taken =
                                    transaction.query(
                                            "taking tasks off the queue",
                                            TAKE,
                                            takeArguments(pulls));
                            if (taken.size() == 0) {
                                return Optional.<RowSet<Row>>empty();
                            }
                            var placed = Placement.place(tasks(taken), open(taken, pulls));
                            return Optional.of(
                                    transaction.query(
                                            "granting leases", GRANT, grantArguments(placed)));
                        });
        return rows.map(this::byPoll).orElse(Map.of());
    }

    /** What was granted to a poll before, in order; empty when nothing was, or all has ended. */
    List<Assignment> granted(UUID poll, UUID machine) {
        var rows = database.query("reading a poll's leases", GRANTED, Tuple.of(poll, machine));
        return byPoll(rows).getOrDefault(poll, List.of());
    }

    private static Tuple takeArguments(List<OpenPull> pulls) {
        var credit = new LinkedHashMap<Daemon, Integer>();
        pulls.forEach(
                pull ->
                        credit.merge(
                                new Daemon(pull.machine(), pull.boot()),
                                pull.credit(),
                                Integer::sum));
        return Tuple.of(
                credit.keySet().stream().map(Daemon::machine).toArray(UUID[]::new),
                credit.keySet().stream().map(Daemon::boot).toArray(UUID[]::new),
                credit.values().toArray(Integer[]::new),
                pulls.getFirst().capabilities().toArray(String[]::new),
                MOST_AT_ONCE);
    }

    private record Daemon(UUID machine, UUID boot) {}

    /** Those of {@code pulls} whose machine may be given tasks now. */
    private static List<OpenPull> open(RowSet<Row> taken, List<OpenPull> pulls) {
        var boots = taken.iterator().next().getArrayOfUUIDs("open");
        var open = boots == null ? Set.<UUID>of() : Set.copyOf(List.of(boots));
        return pulls.stream().filter(pull -> open.contains(pull.boot())).toList();
    }

    private static Long[] ids(List<Placement.Placed> placed) {
        return placed.stream().map(one -> one.task().id()).toArray(Long[]::new);
    }

    private static List<QueuedTask> tasks(RowSet<Row> rows) {
        var tasks = new ArrayList<QueuedTask>(rows.size());
        rows.forEach(
                row -> tasks.add(new QueuedTask(row.getLong("task_id"), row.getUUID("pinned"))));
        return tasks;
    }

    private Tuple grantArguments(List<Placement.Placed> placed) {
        return Tuple.of(
                ids(placed),
                placed.stream().map(one -> one.pull().machine()).toArray(UUID[]::new),
                placed.stream().map(one -> one.pull().boot()).toArray(UUID[]::new),
                placed.stream().map(one -> one.pull().poll()).toArray(UUID[]::new),
                placed.stream().map(Placement.Placed::credit).toArray(Integer[]::new),
                startDeadline.toMillis(),
                TaskState.names(TaskLifecycle.sources(Trigger.CLAIM, TaskState.ASSIGNED)));
    }

    private Map<UUID, List<Assignment>> byPoll(RowSet<Row> rows) {
        var assignments = new HashMap<UUID, List<Assignment>>();
        for (var row : rows) {
            assignments
                    .computeIfAbsent(row.getUUID("poll"), _ -> new ArrayList<>())
                    .add(assignment(row));
        }
        return assignments;
    }

    private Assignment assignment(Row row) {
        return new Assignment(
                new LeaseRef(row.getLong("id"), row.getInteger("attempt"), row.getLong("fence")),
                row.getString("description"),
                row.getString("key"),
                row.getString("repo_url"),
                row.getString("default_branch"),
                row.getString("git_name"),
                row.getString("git_email"),
                row.getString("agent_type"),
                pipelines.get(row.getLong("pipeline_id")));
    }
}
