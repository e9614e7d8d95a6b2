package dev.muster.coordinator.live;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Frame;
import dev.muster.coordinator.notification.Notification;
import dev.muster.coordinator.task.Activity;

import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Asks what was committed since. */
final class LiveStore {

    /**
     * What was committed.
     *
     * @param now what is known with it
     * @param tooMany whether more was than was asked for; then {@code changes} is not all of it
     */
    record Changes(Position now, List<Change> changes, boolean tooMany) {}

    private static final String NOW =
            "select pg_current_snapshot()::text as now, least_fence() as era";

    // Visible now and not in snapshot $1, and if there is a snapshot $2, visible in that one.
    // Nothing before the first transaction that $1 does not know as ended can be new.
    private static final String SINCE =
            """
            select s.now, s.era, c.*, p.key as project_key, t.project_id, left(t.description, 200) as description
              from (select pg_current_snapshot()::text as now, least_fence() as era) s
              left join (
                   (select e.tx, 'event' as source, e.task_id, null::bigint as developer_id, null::uuid as machine_id,
                           e.n::bigint as n, e.at, e.type, e.attempt, e.data, false as read
                      from event e
                     where e.tx >= pg_snapshot_xmin($1::text::pg_snapshot)
                       and not pg_visible_in_snapshot(e.tx, $1::text::pg_snapshot)
                       and ($2::text is null or pg_visible_in_snapshot(e.tx, $2::text::pg_snapshot))
                     order by e.tx
                     limit $3)
                    union all
                   (select n.tx, 'notification', n.task_id, n.developer_id, n.machine_id,
                           n.id, n.at, n.kind, null, n.data, n.read_at is not null
                      from notification n
                     where n.tx >= pg_snapshot_xmin($1::text::pg_snapshot)
                       and not pg_visible_in_snapshot(n.tx, $1::text::pg_snapshot)
                       and ($2::text is null or pg_visible_in_snapshot(n.tx, $2::text::pg_snapshot))
                     order by n.tx
                     limit $3)) c on true
              left join task t on t.id = c.task_id
              left join project p on p.id = t.project_id
             order by c.tx, c.task_id, c.n
            """;

    private static final String MEMBERSHIPS =
            """
            select developer_id, project_id
              from project_member
             where developer_id = any($1) and project_id = any($2)
            """;

    private final Database database;

    LiveStore(Database database) {
        this.database = database;
    }

    /** What is known now. */
    Position now() {
        return now(database.query("asking what is known", NOW).iterator().next());
    }

    private static Position now(Row row) {
        return new Position(row.getLong("era"), row.getString("now"));
    }

    /**
     * What is not known at {@code since} and is at {@code until}; null for now.
     *
     * @param most of each kind
     */
    Changes since(Position since, @Nullable Position until, int most) {
        var rows =
                database.query(
                        "asking what happened",
                        SINCE,
                        Tuple.of(
                                since.snapshot(),
                                until == null ? null : until.snapshot(),
                                most + 1));
        var changes = new ArrayList<Change>();
        var now = since;
        int happened = 0;
        int told = 0;
        for (var row : rows) {
            now = now(row);
            switch (row.getString("source")) {
                case "event" -> {
                    happened++;
                    addHappened(row, changes);
                }
                case "notification" -> {
                    told++;
                    changes.add(told(row));
                }
                case null, default -> {}
            }
        }
        return new Changes(now, changes, happened > most || told > most);
    }

    private static void addHappened(Row row, List<Change> changes) {
        var project = row.getLong("project_id");
        if (project == null) {
            return; // its task is gone
        }
        var activity =
                new Activity(
                        row.getLong("task_id"),
                        row.getString("project_key"),
                        row.getLong("n").intValue(),
                        row.getOffsetDateTime("at"),
                        row.getString("type"),
                        row.getInteger("attempt"),
                        row.getJsonObject("data"));
        // one for all who watch
        changes.add(new Change.Happened(project, new Frame("task", null, activity.json())));
    }

    private static Change told(Row row) {
        JsonObject data = row.getJsonObject("data");
        return new Change.Told(
                row.getLong("developer_id"),
                row.getLong("project_id"),
                new Notification(
                        row.getLong("n"),
                        row.getOffsetDateTime("at"),
                        row.getString("type"),
                        row.getLong("task_id"),
                        row.getString("project_key"),
                        row.getString("description"),
                        row.getUUID("machine_id"),
                        row.getBoolean("read"),
                        data));
    }

    /** Which of these projects each of these developers belongs to. */
    Map<Long, Set<Long>> memberships(Set<Long> developers, Set<Long> projects) {
        var memberships = new HashMap<Long, Set<Long>>();
        if (developers.isEmpty() || projects.isEmpty()) {
            return memberships;
        }
        var arguments =
                Tuple.tuple()
                        .addArrayOfLong(developers.toArray(Long[]::new))
                        .addArrayOfLong(projects.toArray(Long[]::new));
        for (var row : database.query("asking who may see it", MEMBERSHIPS, arguments)) {
            memberships
                    .computeIfAbsent(row.getLong("developer_id"), _ -> new HashSet<>())
                    .add(row.getLong("project_id"));
        }
        return memberships;
    }
}
