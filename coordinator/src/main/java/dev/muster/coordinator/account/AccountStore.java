package dev.muster.coordinator.account;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.http.Role;

import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;

import java.util.Optional;
import java.util.UUID;

/** The rows of developers and sessions. Every method blocks its virtual thread. */
final class AccountStore {

    private static final String DEVELOPER =
            """
            select id, name, role, password_hash
              from developer
             where name = $1
               and disabled_at is null
            """;

    private static final String BEGIN =
            """
            insert into session (id, developer_id, expires_at)
            values ($1, $2, now() + interval '7 days')
            """;

    private static final String ALIVE =
            """
            select d.id, d.name, d.role
              from session s
              join developer d on d.id = s.developer_id
             where s.id = $1
               and s.ended_at is null
               and s.expires_at > now()
               and d.disabled_at is null
            """;

    private static final String ADVANCE =
            """
            update session s
               set generation = s.generation + 1,
                   refreshed_at = now(),
                   expires_at = least(now() + interval '7 days', s.created_at + interval '30 days')
              from developer d
             where s.id = $1
               and s.generation = $2
               and s.ended_at is null
               and s.expires_at > now()
               and d.id = s.developer_id
               and d.disabled_at is null
            returning d.id, d.name, d.role
            """;

    private static final String STANDING =
            """
            select s.generation,
                   s.ended_at is null and s.expires_at > now() and d.disabled_at is null as alive,
                   s.refreshed_at > now() - interval '30 seconds' as recent,
                   d.id,
                   d.name,
                   d.role
              from session s
              join developer d on d.id = s.developer_id
             where s.id = $1
            """;

    private static final String END =
            """
            update session
               set ended_at = now(),
                   ended_reason = 'logout'
             where id = $1
               and developer_id = $2
               and ended_at is null
            """;

    private static final String END_AS_STOLEN =
            """
            with ended as (
                update session
                   set ended_at = now(),
                       ended_reason = 'refresh token reused'
                 where id = $1
                   and ended_at is null
                returning id, developer_id
            )
            insert into incident (type, data)
            select 'session.refresh_reused', jsonb_build_object('session', id, 'developer', developer_id)
              from ended
            """;

    private static final String LOCK_FIRST_ADMIN = "select pg_advisory_xact_lock(7310310914)";

    private static final String ANY_DEVELOPER = "select 1 from developer limit 1";

    private static final String FIRST_ADMIN =
            """
            insert into developer (name, password_hash, role, git_name, git_email)
            values ('admin', $1, 'admin', 'Muster Admin', 'admin@localhost')
            """;

    /** Someone who may log in. */
    record Developer(long id, String name, Role role, String passwordHash) {
        Caller.Person in(UUID session) {
            return new Caller.Person(id, name, role, session);
        }
    }

    /**
     * How a session stands.
     *
     * @param recent whether it was refreshed within the last 30 s
     */
    record Standing(int generation, boolean alive, boolean recent, Caller.Person person) {}

    private final Database database;

    AccountStore(Database database) {
        this.database = database;
    }

    Optional<Developer> developer(String name) {
        return first(database.query("reading a developer", DEVELOPER, Tuple.of(name)))
                .map(
                        row ->
                                new Developer(
                                        row.getLong("id"),
                                        row.getString("name"),
                                        Role.of(row.getString("role")),
                                        row.getString("password_hash")));
    }

    void begin(UUID session, long developer) {
        database.query("beginning a session", BEGIN, Tuple.of(session, developer));
    }

    Optional<Caller.Person> alive(UUID session) {
        return first(database.query("reading a session", ALIVE, Tuple.of(session)))
                .map(row -> person(row, session));
    }

    /** Raises the generation, if it is the expected one and the session lives. */
    Optional<Caller.Person> advance(UUID session, int generation) {
        return first(database.query("refreshing a session", ADVANCE, Tuple.of(session, generation)))
                .map(row -> person(row, session));
    }

    Optional<Standing> standing(UUID session) {
        return first(database.query("reading a session", STANDING, Tuple.of(session)))
                .map(
                        row ->
                                new Standing(
                                        row.getInteger("generation"),
                                        row.getBoolean("alive"),
                                        row.getBoolean("recent"),
                                        person(row, session)));
    }

    void end(UUID session, long developer) {
        database.query("ending a session", END, Tuple.of(session, developer));
    }

    void endAsStolen(UUID session) {
        database.query("ending a session", END_AS_STOLEN, Tuple.of(session));
    }

    /** Whether the first developer is missing; holds a lock until the transaction ends. */
    static boolean lacksDevelopers(Database.Transaction transaction) {
        transaction.query("locking the first account", LOCK_FIRST_ADMIN, Tuple.tuple());
        return transaction.query("looking for accounts", ANY_DEVELOPER, Tuple.tuple()).size() == 0;
    }

    static void insertFirstAdmin(Database.Transaction transaction, String passwordHash) {
        transaction.query("making the first account", FIRST_ADMIN, Tuple.of(passwordHash));
    }

    private static Caller.Person person(Row row, UUID session) {
        return new Caller.Person(
                row.getLong("id"), row.getString("name"), Role.of(row.getString("role")), session);
    }

    private static Optional<Row> first(RowSet<Row> rows) {
        var iterator = rows.iterator();
        return iterator.hasNext() ? Optional.of(iterator.next()) : Optional.empty();
    }
}
