package dev.muster.coordinator.model;

import dev.muster.coordinator.db.Database;
import dev.muster.protocol.message.LeaseRef;

import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;

/** What the database holds, in lines as the model writes them. Times in half minutes. */
final class Picture {

    // one statement, so that it is one moment
    private static final String ALL =
            """
            select 'machine' as kind, to_jsonb(x) as data
              from (select m.id, m.status, p.boot, cardinality(p.former) as former,
                           round(extract(epoch from now() - p.seen_at) / 30) as seen,
                           round(extract(epoch from now() - p.contact_since) / 30) as contact
                      from machine m
                      join presence p on p.machine_id = m.id) x
             union all
            select 'sweep', to_jsonb(x)
              from (select round(extract(epoch from now() - swept_at) / 30) as swept,
                           round(extract(epoch from now() - heard_since) / 30) as heard,
                           round(extract(epoch from now() - crowd_since) / 30) as crowd
                      from sweep) x
             union all
            select 'task', to_jsonb(x)
              from (select t.id, p.key, t.state, t.reason, t.attempt, t.fence, t.machine_id, t.stage
                      from task t
                      join project p on p.id = t.project_id) x
             union all
            select 'queue', to_jsonb(x)
              from (select task_id as id, priority, pinned from queue) x
             union all
            select 'lease', to_jsonb(x)
              from (select l.task_id as id, l.attempt, l.fence, l.machine_id, l.boot, l.renewed, l.lost,
                           round(extract(epoch from now() - l.heard_at) / 30) as heard,
                           round(extract(epoch from l.expires_at - now()) / 30) as remaining,
                           t.lost_since is not null as task_lost
                      from lease l
                      left join task t on t.id = l.task_id) x
             union all
            select 'attempt', to_jsonb(x)
              from (select task_id as id, number, machine_id, fence, started_at is not null as began, outcome, reason,
                           facts, losses, workspace
                      from attempt) x
             union all
            select 'log', to_jsonb(x)
              from (select coalesce(a.task_id, c.task_id) as id, coalesce(a.number, c.attempt) as number,
                           coalesce(a.log_bytes, 0) as bytes, coalesce(a.log_lines, 0) as lines,
                           coalesce(c.text, '') as text
                      from attempt a
                      full join (select task_id, attempt,
                                        string_agg(convert_from(bytes, 'UTF8'), '' order by start) as text
                                   from log_chunk
                                  group by task_id, attempt) c
                        on c.task_id = a.task_id and c.attempt = a.number
                     where a.log_bytes > 0 or c.text is not null) x
             union all
            select 'gate', to_jsonb(x)
              from (select task_id as id, row_number() over (partition by task_id order by opened_at) as n, attempt,
                           stage, outcome, result
                      from gate) x
             union all
            select 'event', to_jsonb(x)
              from (select task_id as id, n, attempt, type, data ->> 'from' as source, data ->> 'to' as target,
                           data ->> 'reason' as reason, data ->> 'status' as status, data ->> 'outcome' as outcome,
                           data -> 'late' as late
                      from event) x
            """;

    private static final String GATE =
            "select id from gate where task_id = $1 order by opened_at offset $2 limit 1";

    private final Database database;

    Picture(Database database) {
        this.database = database;
    }

    /** All of it, in a list for who gets it. */
    List<String> lines() {
        var lines = new ArrayList<String>();
        database.query("taking a picture", ALL)
                .forEach(row -> lines.add(line(row.getString("kind"), row.getJsonObject("data"))));
        return lines;
    }

    /** The id of a task's gate, which counts from 0. */
    UUID gate(long task, int place) {
        var arguments = Tuple.of(task, place);
        var rows = database.query("looking for a gate", GATE, arguments);
        return rows.iterator().next().getUUID("id");
    }

    private static String line(String kind, JsonObject row) {
        return switch (kind) {
            case "machine" -> machine(row);
            case "sweep" ->
                    Lines.sweep(row.getLong("swept"), row.getLong("heard"), row.getLong("crowd"));
            case "task" -> task(row);
            case "queue" -> Lines.queued(id(row), row.getInteger("priority"), uuid(row, "pinned"));
            case "lease" -> lease(row);
            case "attempt" -> attempt(row);
            case "log" -> log(row);
            case "gate" -> gate(row);
            case "event" -> event(row);
            default -> throw new IllegalStateException(kind);
        };
    }

    private static @Nullable UUID uuid(JsonObject row, String column) {
        var text = row.getString(column);
        return text == null ? null : UUID.fromString(text);
    }

    private static long id(JsonObject row) {
        return row.getLong("id");
    }

    private static String machine(JsonObject row) {
        return Lines.machine(
                uuid(row, "id"),
                row.getString("status").toUpperCase(Locale.ROOT),
                uuid(row, "boot"),
                row.getInteger("former"),
                row.getLong("seen"),
                row.getLong("contact"));
    }

    private static String task(JsonObject row) {
        return Lines.task(
                id(row),
                row.getString("key"),
                row.getString("state"),
                row.getString("reason"),
                row.getInteger("attempt"),
                row.getLong("fence"),
                uuid(row, "machine_id"),
                row.getInteger("stage"));
    }

    private static String lease(JsonObject row) {
        var ref = new LeaseRef(id(row), row.getInteger("attempt"), row.getLong("fence"));
        var line =
                Lines.lease(
                        ref,
                        uuid(row, "machine_id"),
                        uuid(row, "boot"),
                        row.getLong("heard"),
                        row.getLong("remaining"),
                        row.getBoolean("renewed"),
                        row.getBoolean("lost"));
        return Objects.equals(row.getBoolean("lost"), row.getBoolean("task_lost"))
                ? line
                : line + ", and its task says the reverse";
    }

    private static String attempt(JsonObject row) {
        return Lines.attempt(
                id(row),
                row.getInteger("number"),
                uuid(row, "machine_id"),
                row.getLong("fence"),
                row.getBoolean("began"),
                row.getString("outcome"),
                row.getString("reason"),
                row.getInteger("facts"),
                row.getInteger("losses"),
                row.getInteger("workspace"));
    }

    private static String log(JsonObject row) {
        return Lines.log(
                id(row),
                row.getInteger("number"),
                row.getLong("bytes"),
                row.getLong("lines"),
                row.getString("text"));
    }

    private static String gate(JsonObject row) {
        return Lines.gate(
                id(row),
                row.getInteger("n"),
                row.getInteger("attempt"),
                row.getInteger("stage"),
                row.getString("outcome"),
                row.getString("result"));
    }

    private static String event(JsonObject row) {
        var type = row.getString("type");
        var reason = row.getString("reason");
        var what =
                switch (type) {
                    case "state_change" ->
                            Lines.move(row.getString("source"), row.getString("target"), reason);
                    case "late_outcome" ->
                            type
                                    + " "
                                    + row.getString("outcome")
                                    + (reason == null ? "" : " " + reason);
                    case "begins_anew" -> type + " " + reason;
                    default -> type + " " + row.getString("status");
                };
        var late = row.getValue("late") == null ? "" : ", late";
        return Lines.event(id(row), row.getInteger("n"), row.getInteger("attempt"), what + late);
    }
}
