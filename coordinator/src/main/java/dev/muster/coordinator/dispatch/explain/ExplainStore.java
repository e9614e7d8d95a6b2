package dev.muster.coordinator.dispatch.explain;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.dispatch.rule.Wanted;
import dev.muster.protocol.task.TaskState;

import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;

import java.util.Optional;

/** Reads what is to be explained. */
final class ExplainStore {

    private static final String FIND =
            """
            select t.state, t.reason, t.detail, coalesce(t.from_machine, t.pinned) as pinned,
                   l.stages -> t.from_stage ->> 'name' as continues, coalesce(q.agent_type, l.agent_type) as agent_type,
                   l.stages -> t.stage ->> 'name' as stage, m.name as machine, n.name as pinned_to, p.concurrency,
                   coalesce(q.flagged, false) as flagged,
                   case when q.passed_until > now() then q.passed_over end as passed_over,
                   (select count(*)
                      from lease e
                     cross join lateral (
                         select project_id
                           from task
                          where id = e.task_id and takes_slot(state, reason)
                         offset 0) h
                     where p.concurrency is not null and h.project_id = p.id)::int as held
              from task t
              join project p on p.id = t.project_id
              join pipeline l on l.id = t.pipeline_id
              left join queue q on q.task_id = t.id
              left join machine m on m.id = t.machine_id
              left join machine n on n.id = coalesce(t.from_machine, t.pinned)
             where t.id = $1
            """;

    // Each project's part of the line is a range of the index. Counted no further than a place in
    // line means anything to a person.
    private static final String POSITION =
            """
            select 1 + count(*)::int as position
              from (select 1
                      from queue q
                     cross join project p
                     cross join lateral (
                         (select 1
                            from queue b
                           where q.pinned is null and b.pinned is null and b.agent_type = q.agent_type
                             and b.project_id = p.id and b.priority > q.priority)
                          union all
                         (select 1
                            from queue b
                           where q.pinned is null and b.pinned is null and b.agent_type = q.agent_type
                             and b.project_id = p.id and b.priority = q.priority and b.task_id < q.task_id)
                          union all
                         (select 1
                            from queue b
                           where b.pinned = q.pinned and b.agent_type = q.agent_type and b.project_id = p.id
                             and (b.priority > q.priority or b.priority = q.priority and b.task_id < q.task_id))
                         ) before
                     where q.task_id = $1
                     limit 10000) ahead
            """;

    private final Database database;

    ExplainStore(Database database) {
        this.database = database;
    }

    Optional<Subject> find(long task) {
        var rows = database.query("looking at a task", FIND, Tuple.of(task));
        return rows.size() == 0
                ? Optional.empty()
                : Optional.of(subject(task, rows.iterator().next()));
    }

    private Subject subject(long task, Row row) {
        var state = TaskState.valueOf(row.getString("state"));
        return new Subject(
                state,
                row.getString("reason"),
                row.getString("detail"),
                row.getString("stage"),
                row.getString("machine"),
                row.getString("pinned_to"),
                row.getString("continues"),
                new Wanted(
                        row.getString("agent_type"),
                        row.getUUID("pinned"),
                        row.getUUID("passed_over")),
                row.getInteger("concurrency"),
                row.getInteger("held"),
                state == TaskState.QUEUED ? position(task) : null,
                row.getBoolean("flagged"));
    }

    private int position(long task) {
        return database.query("counting who is before a task", POSITION, Tuple.of(task))
                .iterator()
                .next()
                .getInteger("position");
    }
}
