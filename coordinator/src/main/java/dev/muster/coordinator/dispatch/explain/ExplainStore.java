package dev.muster.coordinator.dispatch.explain;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.dispatch.rule.Wanted;
import dev.muster.protocol.task.TaskState;

import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

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

    // By the rules of taking: what is risen by age, then projects in turns, then age. Of each lane
    // no more is read than a place in line means to a person.
    private static final String POSITION =
            """
            with recursive mine as materialized (
                select task_id, project_id, agent_type, pinned, priority, enqueued_at
                  from queue
                 where task_id = $1
            ), lane as (
                select f.project_id, f.priority
                  from mine m
                 cross join lateral (
                     select q.project_id, q.priority
                       from queue q
                      where m.pinned is null and q.pinned is null and q.agent_type = m.agent_type
                      order by q.project_id, q.priority, q.task_id
                      limit 1) f
                 union all
                select n.project_id, n.priority
                  from lane l
                 cross join mine m
                 cross join lateral (
                     select q.project_id, q.priority
                       from queue q
                      where q.pinned is null and q.agent_type = m.agent_type
                        and (q.project_id, q.priority) > (l.project_id, l.priority)
                      order by q.project_id, q.priority, q.task_id
                      limit 1) n
            ), line as (
                select w.task_id, w.project_id, w.priority, w.enqueued_at
                  from lane l
                 cross join mine m
                 cross join lateral (
                     select q.*
                       from queue q
                      where q.pinned is null and q.agent_type = m.agent_type
                        and q.project_id = l.project_id and q.priority = l.priority
                      order by q.task_id
                      limit 10000) w
                 union
                select q.task_id, q.project_id, q.priority, q.enqueued_at
                  from mine m
                  join queue q on q.pinned = m.pinned and q.agent_type = m.agent_type
                 union
                select task_id, project_id, priority, enqueued_at
                  from mine
            ), aged as (
                select task_id, project_id,
                       least(priority + floor(extract(epoch from now() - enqueued_at) * 1000 / $2),
                             max(priority) over ()) as effective
                  from line
            ), placed as (
                select task_id, effective,
                       row_number() over (partition by project_id order by effective desc, task_id) as turn
                  from aged
            )
            select count(*)::int as position
              from placed p
              join placed o on o.task_id = $1 and (-p.effective, p.turn, p.task_id) <= (-o.effective, o.turn, o.task_id)
            """;

    private final Database database;
    private final Supplier<Duration> ageing;

    ExplainStore(Database database, Supplier<Duration> ageing) {
        this.database = database;
        this.ageing = ageing;
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
        var asked = Tuple.of(task, ageing.get().toMillis());
        return database.query("counting who is before a task", POSITION, asked)
                .iterator()
                .next()
                .getInteger("position");
    }
}
