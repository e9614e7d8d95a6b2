package dev.muster.ops.fault;

import dev.muster.coordinator.db.Database;
import dev.muster.protocol.task.TaskLifecycle;
import dev.muster.protocol.task.TaskState;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What must hold of everything that is stored, whatever happened. It knows the schema and nothing
 * of what a test did.
 */
final class Checker {

    /** What must find nothing, and what it means if it does. */
    private record Law(String broken, String find) {}

    private static final List<Law> LAWS =
            List.of(
                    new Law(
                            "waits in the queue exactly while QUEUED",
                            """
                            select coalesce(t.id, q.task_id) as id
                              from task t
                              full join queue q on q.task_id = t.id
                             where (q.task_id is not null) is distinct from (t.state = 'QUEUED')
                            """),
                    new Law(
                            "is held by a lease exactly while a machine has it",
                            """
                            select coalesce(t.id, l.task_id) as id
                              from task t
                              full join lease l on l.task_id = t.id
                             where (l.task_id is not null) is distinct from
                                   (t.state in ('ASSIGNED', 'RUNNING', 'SUSPENDED'))
                            """),
                    new Law(
                            "has a lease of its newest attempt and fence alone",
                            """
                            select t.id
                              from task t
                              join lease l on l.task_id = t.id
                             where l.attempt <> t.attempt or l.fence <> t.fence
                            """),
                    new Law(
                            "has at most one accepted result",
                            """
                            select a.task_id as id
                              from attempt a
                             where a.outcome = 'SUCCEEDED'
                             group by a.task_id
                            having count(*) > 1
                            """),
                    new Law(
                            "is completed once",
                            """
                            select e.task_id as id
                              from event e
                             where e.type = 'state_change' and e.data ->> 'to' = 'COMPLETED'
                             group by e.task_id
                            having count(*) > 1
                            """),
                    new Law(
                            "is COMPLETED exactly if its newest attempt succeeded",
                            """
                            select t.id
                              from task t
                              left join attempt a on a.task_id = t.id and a.number = t.attempt
                             where (t.state = 'COMPLETED') is distinct from coalesce(a.outcome = 'SUCCEEDED', false)
                            """),
                    new Law(
                            "has only its newest attempt open",
                            """
                            select t.id
                              from task t
                              join attempt a on a.task_id = t.id
                             where a.ended_at is null and
                                   (a.number <> t.attempt or t.state in ('COMPLETED', 'FAILED', 'CANCELLED'))
                            """),
                    new Law(
                            "has events without a gap",
                            """
                            select t.id
                              from task t
                              left join event e on e.task_id = t.id
                             group by t.id, t.events
                            having count(e.n) <> t.events or min(e.n) <> 1 or max(e.n) <> t.events
                            """),
                    new Law(
                            "has a log without a gap",
                            """
                            select c.task_id as id
                              from (select task_id, start,
                                           lag(start + coalesce(dropped, length(bytes)), 1, 0::bigint)
                                               over (partition by task_id, attempt order by start) as due
                                      from log_chunk) c
                             where c.start <> c.due
                            """),
                    new Law(
                            "has a log as long as is said of it",
                            """
                            select a.task_id as id
                              from attempt a
                              left join log_chunk c on c.task_id = a.task_id and c.attempt = a.number
                             group by a.task_id, a.number, a.log_bytes
                            having a.log_bytes <> coalesce(sum(coalesce(c.dropped, length(c.bytes))), 0)
                            """),
                    new Law(
                            "has a log whose pieces are chained to those before them",
                            """
                            select c.task_id as id
                              from (select task_id, link, dropped,
                                           sha256(lag(link, 1, decode(repeat('00', 32), 'hex'))
                                                      over (partition by task_id, attempt order by start)
                                                  || sha256(int8send(start) || int8send(at_millis) || bytes)) as due
                                      from log_chunk) c
                             where c.dropped is null and c.link is distinct from c.due
                            """),
                    new Law(
                            "has a log that ends with the link that is said of it",
                            """
                            select a.task_id as id
                              from attempt a
                              left join lateral (select link
                                                   from log_chunk
                                                  where task_id = a.task_id and attempt = a.number
                                                  order by start desc
                                                  limit 1) c on true
                             where a.log_link <> coalesce(c.link, decode(repeat('00', 32), 'hex'))
                            """),
                    new Law(
                            "has late output of what is over alone, which begins where its log"
                                    + " ends",
                            """
                            select l.task_id as id
                              from late_log l
                              left join attempt a on a.task_id = l.task_id and a.number = l.attempt
                             where a.ended_at is null or a.log_bytes <> l.start
                            """),
                    new Law(
                            "has late output without a gap",
                            """
                            select c.task_id as id
                              from (select task_id, attempt, start,
                                           coalesce(sum(length(bytes)) over (partition by task_id, attempt
                                                                             order by start
                                                                             rows between unbounded preceding
                                                                                      and 1 preceding), 0) as before
                                      from late_log_chunk) c
                              left join late_log l on l.task_id = c.task_id and l.attempt = c.attempt
                             where c.start is distinct from l.start + c.before
                            """),
                    new Law(
                            "has as much late output as is said of it",
                            """
                            select l.task_id as id
                              from late_log l
                              left join late_log_chunk c on c.task_id = l.task_id and c.attempt = l.attempt
                             group by l.task_id, l.attempt, l.bytes
                            having l.bytes <> coalesce(sum(length(c.bytes)), 0)
                            """));

    private static final String MOVES =
            """
            select e.task_id, e.data ->> 'from' as "from", e.data ->> 'to' as "to",
                   lag(e.data ->> 'to') over (partition by e.task_id order by e.n) as before,
                   lead(e.n) over (partition by e.task_id order by e.n) is null as last, t.state
              from event e
              join task t on t.id = e.task_id
             where e.type = 'state_change'
             order by e.task_id, e.n
            """;

    private final Database database;

    Checker(Database database) {
        this.database = database;
    }

    /** Every law that is broken, and by which tasks. */
    List<String> violations() {
        var violations = new ArrayList<String>();
        for (var law : LAWS) {
            for (var row : database.query("checking", law.find())) {
                violations.add("task " + row.getLong("id") + " breaks: " + law.broken());
            }
        }
        violations.addAll(illegalMoves());
        return violations;
    }

    private List<String> illegalMoves() {
        var illegal = new ArrayList<String>();
        for (var row : database.query("checking moves", MOVES)) {
            var from = row.getString("from");
            var to = row.getString("to");
            var before = row.getString("before");
            var follows = Objects.equals(before, from);
            var ends = !row.getBoolean("last") || to.equals(row.getString("state"));
            if (!follows || !ends || !isLegal(from, to)) {
                illegal.add(
                        "task %d moved %s -> %s after %s and is %s"
                                .formatted(
                                        row.getLong("task_id"),
                                        from,
                                        to,
                                        before,
                                        row.getString("state")));
            }
        }
        return illegal;
    }

    /** From nothing leads only the way into the queue. */
    private static boolean isLegal(@Nullable String from, String to) {
        if (from == null) {
            return to.equals(TaskState.QUEUED.name());
        }
        return TaskLifecycle.TABLE.stream()
                .anyMatch(
                        move ->
                                move.from() == TaskState.valueOf(from)
                                        && move.to() == TaskState.valueOf(to));
    }
}
