package dev.muster.coordinator.notification;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Caller;

import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The rows of {@code notification}; triggers write them. */
final class NotificationStore {

    /** In one statement. */
    static final int MOST_FORGOTTEN = 10_000;

    // Of notification n of developer $1, who sees every project if $2 and machines if $3.
    private static final String VISIBLE =
            """
            and (n.task_id is null
             or exists (select 1 from task t
                         where t.id = n.task_id
                           and ($2 or exists (select 1 from project_member m
                                               where m.project_id = t.project_id and m.developer_id = $1))))
            and (n.machine_id is null or $3)
            """;

    private static final String LIST =
            """
            select n.id, n.at, n.kind, n.task_id, n.machine_id, n.data, n.read_at is not null as read,
                   p.key as project_key, left(t.description, 200) as description
              from notification n
              left join task t on t.id = n.task_id
              left join project p on p.id = t.project_id
             where n.developer_id = $1 and ($4::bigint is null or n.id < $4) and (not $5 or n.read_at is null)
            """
                    + VISIBLE
                    + """
                     order by n.id desc
                     limit $6
                    """;

    private static final String UNREAD =
            """
            select count(*)
              from (select 1
                      from notification n
                     where n.developer_id = $1 and n.read_at is null
            """
                    + VISIBLE
                    + """
                             limit 1000) u
                    """;

    // Reading it again keeps when it was read first.
    private static final String READ =
            """
            update notification n
               set read_at = coalesce(n.read_at, now())
             where n.id = $4 and n.developer_id = $1
            """
                    + VISIBLE;

    private static final String READ_ALL =
            """
            with read as (
                update notification n
                   set read_at = now()
                 where n.developer_id = $1 and n.read_at is null
                returning n.task_id, n.machine_id
            )
            select count(*) from read n where true
            """
                    + VISIBLE;

    // Ids rise with time, nearly: the oldest are looked at, and those of them that are too old go.
    private static final String FORGET =
            """
            delete from notification
             where id in (select id
                            from (select id, at from notification order by id limit $2) oldest
                           where at < now() - $1::bigint * interval '1 ms')
            """;

    private final Database database;

    NotificationStore(Database database) {
        this.database = database;
    }

    /**
     * Of a person's own, newest first.
     *
     * @param before only those with a smaller id; null for all
     */
    List<Notification> list(
            Caller.Person person, @Nullable Long before, boolean unread, int limit) {
        var arguments = of(person).addLong(before).addBoolean(unread).addInteger(limit);
        var found = new ArrayList<Notification>();
        database.query("listing notifications", LIST, arguments)
                .forEach(row -> found.add(notification(row)));
        return found;
    }

    /** How many they have not read, up to 1000. */
    long unread(Caller.Person person) {
        return database.query("counting notifications", UNREAD, of(person))
                .iterator()
                .next()
                .getLong(0);
    }

    /** False if there is no such notification of theirs. */
    boolean read(Caller.Person person, long id) {
        return database.query("reading a notification", READ, of(person).addLong(id)).rowCount()
                == 1;
    }

    /** Answers how many of them they could see. */
    long readAll(Caller.Person person) {
        return database.query("reading notifications", READ_ALL, of(person))
                .iterator()
                .next()
                .getLong(0);
    }

    /** Forgets some of the oldest; answers how many, at most {@link #MOST_FORGOTTEN}. */
    int forget(Duration kept) {
        var arguments = Tuple.of(kept.toMillis(), MOST_FORGOTTEN);
        return database.query("forgetting notifications", FORGET, arguments).rowCount();
    }

    private static Tuple of(Caller.Person person) {
        return Tuple.of(person.id(), person.isAdmin(), person.seesMachines());
    }

    private static Notification notification(Row row) {
        return new Notification(
                row.getLong("id"),
                row.getOffsetDateTime("at"),
                row.getString("kind"),
                row.getLong("task_id"),
                row.getString("project_key"),
                row.getString("description"),
                row.getUUID("machine_id"),
                row.getBoolean("read"),
                row.getJsonObject("data"));
    }
}
