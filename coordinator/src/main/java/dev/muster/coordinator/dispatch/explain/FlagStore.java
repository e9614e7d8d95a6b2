package dev.muster.coordinator.dispatch.explain;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.dispatch.rule.Wanted;

import io.vertx.sqlclient.Tuple;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Marks waiting tasks, and takes the mark away. */
final class FlagStore {

    /** Rows in one pass. */
    static final int MOST = 500;

    // Found by jumps through the index: as many rows are read as there are kinds.
    private static final String KINDS =
            """
            with recursive free as (
                (select agent_type
                   from queue
                  where pinned is null
                  order by agent_type, project_id, priority, task_id
                  limit 1)
                 union all
                select n.agent_type
                  from free f
                 cross join lateral (
                     select q.agent_type
                       from queue q
                      where q.pinned is null and q.agent_type > f.agent_type
                      order by q.agent_type, q.project_id, q.priority, q.task_id
                      limit 1) n
            ), pinned as (
                (select pinned, agent_type
                   from queue
                  where pinned is not null
                  order by pinned, agent_type, project_id, priority, task_id
                  limit 1)
                 union all
                select n.pinned, n.agent_type
                  from pinned p
                 cross join lateral (
                     select q.pinned, q.agent_type
                       from queue q
                      where q.pinned is not null and (q.pinned, q.agent_type) > (p.pinned, p.agent_type)
                      order by q.pinned, q.agent_type, q.project_id, q.priority, q.task_id
                      limit 1) n
            )
            select null::uuid as pinned, agent_type from free
             union all
            select pinned, agent_type from pinned
            """;

    // Queue row before task, as all who come from the queue. One that is being granted is skipped,
    // and one that another coordinator just marked is seen to be.
    private static final String FLAG =
            """
            with hopeless as materialized (
                select q.task_id, q.pinned
                  from unnest($1::text[], $2::uuid[]) as k (agent_type, pinned)
                 cross join lateral (
                     (select w.task_id
                        from queue w
                       where k.pinned is null and w.pinned is null and w.agent_type = k.agent_type and not w.flagged
                       limit $3)
                      union all
                     (select w.task_id
                        from queue w
                       where w.pinned = k.pinned and w.agent_type = k.agent_type and not w.flagged
                       limit $3)) c
                  join queue q on q.task_id = c.task_id
                 where not q.flagged
                 order by q.task_id
                 limit $3
                   for update of q skip locked
            ), flagged as (
                update queue q
                   set flagged = true
                  from hopeless h
                 where q.task_id = h.task_id
            ), noted as (
                update task t
                   set events = t.events + 1
                  from hopeless h
                 where t.id = h.task_id
                returning t.id, t.events, t.attempt, h.pinned
            )
            insert into event (task_id, n, type, attempt, data)
            select id, events, 'unrunnable', attempt,
                   jsonb_build_object('why', case when pinned is null then 'no_machine' else 'pinned_machine' end)
              from noted
            """;

    private static final String UNFLAG =
            """
            with runnable as materialized (
                select q.task_id
                  from queue q
                  join unnest($1::text[], $2::uuid[]) as k (agent_type, pinned)
                    on q.agent_type = k.agent_type
                   and (q.pinned = k.pinned or k.pinned is null and q.pinned is null)
                 where q.flagged
                 order by q.task_id
                 limit $3
                   for update of q skip locked
            )
            update queue q
               set flagged = false
              from runnable r
             where q.task_id = r.task_id
            """;

    private final Database database;

    FlagStore(Database database) {
        this.database = database;
    }

    /** What the tasks that wait ask for, each kind once. */
    List<Wanted> kinds() {
        var kinds = new ArrayList<Wanted>();
        database.query("looking at what waits", KINDS)
                .forEach(
                        row ->
                                kinds.add(
                                        new Wanted(
                                                row.getString("agent_type"),
                                                row.getUUID("pinned"))));
        return kinds;
    }

    /**
     * Marks up to {@link #MOST} tasks of these kinds that are not, each with its event.
     *
     * @return how many
     */
    int flag(List<Wanted> kinds) {
        return kinds.isEmpty()
                ? 0
                : database.query("flagging tasks", FLAG, arguments(kinds)).rowCount();
    }

    /**
     * Takes the mark from up to {@link #MOST} tasks of these kinds.
     *
     * @return how many
     */
    int unflag(List<Wanted> kinds) {
        return kinds.isEmpty()
                ? 0
                : database.query("unflagging tasks", UNFLAG, arguments(kinds)).rowCount();
    }

    private static Tuple arguments(List<Wanted> kinds) {
        return Tuple.of(
                kinds.stream().map(Wanted::agentType).toArray(String[]::new),
                kinds.stream().map(Wanted::pinned).toArray(UUID[]::new),
                MOST);
    }
}
