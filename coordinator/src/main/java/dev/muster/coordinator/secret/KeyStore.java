package dev.muster.coordinator.secret;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;

import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;

import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The rows of {@code secret_key}. */
final class KeyStore {

    /** A key as it lies in the database. */
    record Wrapped(UUID id, byte[] bytes) {}

    /**
     * A key as admins see it.
     *
     * @param secrets how many are sealed with it
     */
    record Listed(UUID id, OffsetDateTime madeAt, long secrets) {}

    private static final String NEWEST =
            """
            select id, wrapped
              from secret_key
             order by made_at desc, id
             limit 1
            """;

    private static final String ALL = "select id, wrapped from secret_key";

    private static final String LIST =
            """
            select k.id, k.made_at, (select count(*) from secret s where s.key_id = k.id) as secrets
              from secret_key k
             order by k.made_at desc, k.id
            """;

    private static final String ADD =
            """
            with added as (
                insert into secret_key (id, wrapped)
                values ($1, $2)
                returning id
            )
            select note_act($3, 'secret_key.create', 'secret_key', id::text, '{}')
              from added
            """;

    private static final String WRAP_ANEW =
            """
            update secret_key
               set wrapped = $3
             where id = $1 and wrapped = $2
            """;

    // A coordinator that looked up the newest a moment ago may be about to seal with it.
    private static final String DELETE_UNUSED =
            """
            delete from secret_key k
             where not exists (select 1 from secret s where s.key_id = k.id)
               and exists (select 1 from secret_key n
                            where n.made_at > k.made_at
                              and n.made_at < now() - $1::bigint * interval '1 ms')
            """;

    private static final String ARE_SEVERAL = "select count(*) > 1 from secret_key";

    private final Database database;

    KeyStore(Database database) {
        this.database = database;
    }

    /** The one that seals; empty if nothing was ever sealed. */
    Optional<Wrapped> newest() {
        var rows = database.query("reading the newest key of secrets", NEWEST);
        return rows.size() == 0 ? Optional.empty() : Optional.of(wrapped(rows.iterator().next()));
    }

    List<Wrapped> all() {
        var all = new ArrayList<Wrapped>();
        database.query("reading the keys of secrets", ALL).forEach(row -> all.add(wrapped(row)));
        return all;
    }

    boolean areSeveral() {
        return database.query("counting the keys of secrets", ARE_SEVERAL)
                .iterator()
                .next()
                .getBoolean(0);
    }

    List<Listed> list() {
        var listed = new ArrayList<Listed>();
        database.query("listing the keys of secrets", LIST)
                .forEach(
                        row ->
                                listed.add(
                                        new Listed(
                                                row.getUUID("id"),
                                                row.getOffsetDateTime("made_at"),
                                                row.getLong("secrets"))));
        return listed;
    }

    void add(Wrapped key, Actor by) {
        var arguments = Tuple.of(key.id(), Buffer.buffer(key.bytes()), by.json());
        database.query("making a key of secrets", ADD, arguments);
    }

    /** Replaces how it is wrapped, unless somebody did before. */
    void wrapAnew(Wrapped former, byte[] now) {
        var arguments = Tuple.of(former.id(), Buffer.buffer(former.bytes()), Buffer.buffer(now));
        database.query("wrapping a key of secrets anew", WRAP_ANEW, arguments);
    }

    /**
     * Deletes those that no secret refers to; never the newest.
     *
     * @param millis since when at least there has been a newer one
     */
    int deleteUnused(long millis) {
        return database.query("deleting keys of secrets", DELETE_UNUSED, Tuple.of(millis))
                .rowCount();
    }

    private static Wrapped wrapped(Row row) {
        return new Wrapped(row.getUUID("id"), row.getBuffer("wrapped").getBytes());
    }
}
