package dev.muster.coordinator.task;

import dev.muster.coordinator.db.Database;

import io.vertx.sqlclient.Tuple;

import java.time.Duration;

/** The rows of {@code task_request}; the statement that makes tasks writes and reads them too. */
final class RequestStore {

    /** In one statement. */
    static final int MOST = 10_000;

    private static final String FORGET =
            """
            delete from task_request
             where (developer_id, key) in (
                       select developer_id, key
                         from task_request
                        where made_at < now() - $1::bigint * interval '1 ms'
                        order by made_at
                        limit $2
                          for update skip locked)
            """;

    private final Database database;

    RequestStore(Database database) {
        this.database = database;
    }

    /** Forgets some of the oldest; answers how many, at most {@link #MOST}. */
    int forget(Duration kept) {
        var arguments = Tuple.of(kept.toMillis(), MOST);
        return database.query("forgetting requests", FORGET, arguments).rowCount();
    }
}
