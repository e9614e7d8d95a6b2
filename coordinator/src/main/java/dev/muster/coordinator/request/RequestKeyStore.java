package dev.muster.coordinator.request;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.RequestKey;

import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Tuple;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/** The rows of {@code request_key}. */
final class RequestKeyStore {

    /** In one statement. */
    static final int MOST = 10_000;

    /** One person's request; keys of different people and operations do not meet. */
    record Named(long developer, String operation, RequestKey key) {

        /** All that tells it from others. */
        String name() {
            return developer + "/" + operation + "/" + key.key();
        }
    }

    /**
     * What is known of it.
     *
     * @param same whether it asked for the same
     * @param answer sealed
     */
    record Earlier(boolean same, byte[] answer) {}

    // Of the advisory locks with two numbers, those with this first one are ours. Two names may
    // share a lock: then one of the two is asked to come again.
    private static final String LOCK = "select pg_try_advisory_xact_lock(1836413812, hashtext($1))";

    private static final String FIND =
            """
            select fingerprint = $4 as same, answer
              from request_key
             where developer_id = $1 and operation = $2 and key = $3
            """;

    private static final String KEEP =
            """
            insert into request_key (developer_id, operation, key, fingerprint, answer)
            values ($1, $2, $3, $4, $5)
            """;

    private static final String FORGET =
            """
            delete from request_key
             where (developer_id, operation, key) in (
                       select developer_id, operation, key
                         from request_key
                        where made_at < now() - $1::bigint * interval '1 ms'
                        order by made_at
                        limit $2
                          for update skip locked)
            """;

    private final Database database;

    RequestKeyStore(Database database) {
        this.database = database;
    }

    <T> T asOne(Supplier<T> work) {
        return database.asOne("answering a named request", work);
    }

    /** Until the end of the transaction; false if another has it. */
    boolean lock(Named request) {
        var locked = database.query("locking a request's name", LOCK, Tuple.of(request.name()));
        return locked.iterator().next().getBoolean(0);
    }

    Optional<Earlier> find(Named request) {
        var arguments =
                Tuple.of(
                        request.developer(),
                        request.operation(),
                        request.key().key(),
                        Buffer.buffer(request.key().fingerprint()));
        var rows = database.query("looking for a request", FIND, arguments);
        if (rows.size() == 0) {
            return Optional.empty();
        }
        var row = rows.iterator().next();
        return Optional.of(new Earlier(row.getBoolean("same"), row.getBuffer("answer").getBytes()));
    }

    /**
     * @param answer sealed
     */
    void keep(Named request, byte[] answer) {
        database.query(
                "keeping an answer",
                KEEP,
                Tuple.of(
                        request.developer(),
                        request.operation(),
                        request.key().key(),
                        Buffer.buffer(request.key().fingerprint()),
                        Buffer.buffer(answer)));
    }

    /** Forgets some of the oldest; answers how many, at most {@link #MOST}. */
    int forget(Duration kept) {
        var arguments = Tuple.of(kept.toMillis(), MOST);
        return database.query("forgetting requests", FORGET, arguments).rowCount();
    }
}
