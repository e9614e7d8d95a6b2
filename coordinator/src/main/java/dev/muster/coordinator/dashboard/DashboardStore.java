package dev.muster.coordinator.dashboard;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.task.Activity;
import dev.muster.coordinator.task.Viewer;

import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Counts and lists what is going on. */
final class DashboardStore {

    /** Tasks by what they do now, and how many ended today. */
    record TaskCounts(long queued, long active, long suspended, long completed, long failed) {}

    /** Machines that were not decommissioned. */
    record MachineCounts(long online, long draining, long total) {}

    // A task that runs or is suspended has a lease, so what is over is not looked at.
    private static final String COUNT_TASKS =
            """
            with mine as materialized (
                select project_id from project_member where developer_id = $2
            ), held as (
                select t.state, count(*) as n
                  from lease l
                  join task t on t.id = l.task_id
                 where $1 or t.project_id in (select project_id from mine)
                 group by t.state
            ), ended as (
                select e.data ->> 'to' as state, count(*) as n
                  from event e
                 where e.type = 'state_change' and e.data ->> 'to' in ('COMPLETED', 'FAILED')
                   and e.at >= date_trunc('day', now(), 'UTC')
                   and ($1 or exists (select 1 from task t
                                       where t.id = e.task_id and t.project_id in (select project_id from mine)))
                 group by 1
            )
            select (select count(*) from queue where $1 or project_id in (select project_id from mine)) as queued,
                   coalesce((select sum(n) from held where state in ('ASSIGNED', 'RUNNING')), 0)::bigint as active,
                   coalesce((select n from held where state = 'SUSPENDED'), 0) as suspended,
                   coalesce((select n from ended where state = 'COMPLETED'), 0) as completed,
                   coalesce((select n from ended where state = 'FAILED'), 0) as failed
            """;

    private static final String COUNT_MACHINES =
            """
            select count(*) filter (where m.status = 'active' and p.seen_at > now() - $1::bigint * interval '1 ms') as online,
                   count(*) filter (where m.status = 'draining') as draining,
                   count(*) as total
              from machine m
              join presence p on p.machine_id = m.id
             where m.status <> 'decommissioned'
            """;

    // The order of transactions is nearly that of time; within those that are looked at it is made
    // exact.
    private static final String NEWEST_EVENTS =
            """
            select e.task_id, p.key as project_key, e.n, e.at, e.type, e.attempt, e.data
              from (select * from event order by tx desc limit 5000) e
              join task t on t.id = e.task_id
              join project p on p.id = t.project_id
             where $1 or exists (select 1 from project_member m
                                  where m.project_id = t.project_id and m.developer_id = $2)
             order by e.at desc, e.n desc
             limit $3
            """;

    private final Database database;

    DashboardStore(Database database) {
        this.database = database;
    }

    TaskCounts countTasks(Viewer viewer) {
        var arguments = Tuple.of(viewer.everywhere(), viewer.developer());
        var row = first("counting tasks", COUNT_TASKS, arguments);
        return new TaskCounts(
                row.getLong("queued"),
                row.getLong("active"),
                row.getLong("suspended"),
                row.getLong("completed"),
                row.getLong("failed"));
    }

    /**
     * @param unreachable silence after which a machine is not online
     */
    MachineCounts countMachines(Duration unreachable) {
        var row = first("counting machines", COUNT_MACHINES, Tuple.of(unreachable.toMillis()));
        return new MachineCounts(
                row.getLong("online"), row.getLong("draining"), row.getLong("total"));
    }

    private Row first(String doing, String sql, Tuple arguments) {
        return database.query(doing, sql, arguments).iterator().next();
    }

    /** What happened last to what {@code viewer} may see, newest first. */
    List<Activity> newestEvents(Viewer viewer, int limit) {
        var arguments = Tuple.of(viewer.everywhere(), viewer.developer(), limit);
        var found = new ArrayList<Activity>();
        database.query("listing new events", NEWEST_EVENTS, arguments)
                .forEach(
                        row ->
                                found.add(
                                        new Activity(
                                                row.getLong("task_id"),
                                                row.getString("project_key"),
                                                row.getInteger("n"),
                                                row.getOffsetDateTime("at"),
                                                row.getString("type"),
                                                row.getInteger("attempt"),
                                                row.getJsonObject("data"))));
        return found;
    }
}
