package dev.muster.coordinator.task;

import dev.muster.coordinator.db.Database;

import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Reads the attempts of a task. They are written by whoever grants them and by what becomes of
 * them.
 */
final class AttemptStore {

    /**
     * One go at a task that a machine was given.
     *
     * @param number counts from 1, with gaps
     * @param losses how often it was taken from a machine before its first stage, and counted
     * @param lateLogBytes how much of what it printed came when it was over
     */
    record Attempt(
            int number,
            UUID machine,
            OffsetDateTime grantedAt,
            @Nullable OffsetDateTime startedAt,
            @Nullable OffsetDateTime endedAt,
            @Nullable String outcome,
            @Nullable String reason,
            int losses,
            @Nullable String branch,
            @Nullable JsonObject work,
            long lateLogBytes) {}

    // The newest ones: a task can be retried without end.
    private static final String LIST =
            """
            select newest.*, coalesce(late.bytes, 0) as late
              from (select number, machine_id, granted_at, started_at, ended_at, outcome, reason, losses,
                           branch, work
                      from attempt
                     where task_id = $1
                     order by number desc
                     limit 100) newest
              left join late_log late on late.task_id = $1 and late.attempt = newest.number
             order by number
            """;

    private final Database database;

    AttemptStore(Database database) {
        this.database = database;
    }

    /** The newest 100 attempts of a task that a machine was given, oldest first. */
    List<Attempt> list(long task) {
        var attempts = new ArrayList<Attempt>();
        database.query("listing attempts", LIST, Tuple.of(task))
                .forEach(row -> attempts.add(attempt(row)));
        return attempts;
    }

    private static Attempt attempt(Row row) {
        return new Attempt(
                row.getInteger("number"),
                row.getUUID("machine_id"),
                row.getOffsetDateTime("granted_at"),
                row.getOffsetDateTime("started_at"),
                row.getOffsetDateTime("ended_at"),
                row.getString("outcome"),
                row.getString("reason"),
                row.getInteger("losses"),
                row.getString("branch"),
                row.getJsonObject("work"),
                row.getLong("late"));
    }
}
