package dev.muster.coordinator.task;

import dev.muster.coordinator.db.Database;

import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads what happened to a task. Events are written by whoever moves the task, in the same
 * statement.
 */
final class EventStore {

    /** A structured fact about a task; {@code n} counts from 1 without gaps. */
    record Event(int n, OffsetDateTime at, String type, int attempt, JsonObject data) {}

    // strpos and not like: what a person searches for is text, not a pattern
    private static final String LIST =
            """
            select n, at, type, attempt, data
              from event
             where task_id = $1
               and ($2::text is null or type = $2)
               and ($3::text is null or strpos(lower(data::text), lower($3)) > 0)
             order by n
             limit $4 offset $5
            """;

    private static final String AFTER =
            """
            select n, at, type, attempt, data
              from event
             where task_id = $1 and n > $2
             order by n
             limit $3
            """;

    private static final String NEWEST = "select id, events from task where id = any($1)";

    private final Database database;

    EventStore(Database database) {
        this.database = database;
    }

    /** Events of a task, oldest first. */
    List<Event> list(
            long task, @Nullable String type, @Nullable String search, int limit, int offset) {
        var events = new ArrayList<Event>();
        database.query("listing events", LIST, Tuple.of(task, type, search, limit, offset))
                .forEach(row -> events.add(event(row)));
        return events;
    }

    /** Events of a task behind its {@code n}th, oldest first. */
    List<Event> after(long task, int n, int most) {
        var events = new ArrayList<Event>();
        database.query("following events", AFTER, Tuple.of(task, n, most))
                .forEach(row -> events.add(event(row)));
        return events;
    }

    /** How many events each of these tasks has. */
    Map<Long, Integer> newest(Set<Long> tasks) {
        var newest = new HashMap<Long, Integer>();
        database.query("following tasks", NEWEST, Tuple.of(tasks.toArray(Long[]::new)))
                .forEach(row -> newest.put(row.getLong("id"), row.getInteger("events")));
        return newest;
    }

    private static Event event(Row row) {
        return new Event(
                row.getInteger("n"),
                row.getOffsetDateTime("at"),
                row.getString("type"),
                row.getInteger("attempt"),
                row.getJsonObject("data"));
    }
}
