package dev.muster.coordinator.account;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.http.Credential;
import dev.muster.coordinator.http.Role;

import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The rows of sessions. Every method blocks its virtual thread. */
final class SessionStore {

    private static final String SHARE = "select 1 from developer where id = $1 for share";

    private static final String HOLD = "select 1 from developer where id = $1 for no key update";

    // Only if all that was checked before still holds: what changes it ends sessions, and would not
    // see this one.
    private static final String BEGIN =
            """
            with begun as (
                insert into session (id, developer_id, expires_at)
                select $1, d.id, now() + interval '7 days'
                  from developer d
                 where d.id = $2
                   and d.password_hash = $3
                   and d.disabled_at is null
                   and (d.one_time_until is null or d.one_time_until > now())
                   and $4 = exists (
                       select 1 from totp t where t.developer_id = d.id and t.confirmed_at is not null)
                returning id
            )
            select note_act($5, 'session.begin', 'session', id::text, '{}')
              from begun
            """;

    private static final String ALIVE =
            """
            select d.id, d.name, d.role, d.one_time_until is not null as one_time
              from session s
              join developer d on d.id = s.developer_id
             where s.id = $1
               and s.ended_at is null
               and s.expires_at > now()
               and d.disabled_at is null
               and (d.one_time_until is null or d.one_time_until > now())
            """;

    private static final String FRESH =
            """
            select 1
              from session
             where id = $1
               and ended_at is null
               and created_at > now() - interval '10 minutes'
            """;

    private static final String OPEN = "select 1 from session where id = $1 and ended_at is null";

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
               and (d.one_time_until is null or d.one_time_until > now())
            returning d.id, d.name, d.role, d.one_time_until is not null as one_time
            """;

    private static final String STANDING =
            """
            select s.generation,
                   s.ended_at is null and s.expires_at > now() and d.disabled_at is null
                       and (d.one_time_until is null or d.one_time_until > now()) as alive,
                   s.refreshed_at > now() - interval '30 seconds' as recent,
                   d.id,
                   d.name,
                   d.role,
                   d.one_time_until is not null as one_time
              from session s
              join developer d on d.id = s.developer_id
             where s.id = $1
            """;

    private static final String END =
            """
            with ended as (
                update session
                   set ended_at = now(),
                       ended_reason = 'logout'
                 where id = $1
                   and developer_id = $2
                   and ended_at is null
                returning id
            )
            select note_act($3, 'session.end', 'session', id::text, '{}')
              from ended
            """;

    private static final String END_ALL =
            """
            update session
               set ended_at = now(),
                   ended_reason = $3
             where developer_id = $1
               and id is distinct from $2::uuid
               and ended_at is null
            returning id
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
            ), alarmed as (
                insert into incident (type, data)
                select 'session.refresh_reused', jsonb_build_object('session', id, 'developer', developer_id)
                  from ended
            )
            select note_act($2, 'session.end', 'session', id::text,
                            jsonb_build_object('reason', 'refresh token reused', 'developer', developer_id))
              from ended
            """;

    /**
     * How a session stands.
     *
     * @param recent whether it was refreshed within the last 30 s
     */
    record Standing(int generation, boolean alive, boolean recent, Caller.Person person) {}

    private final Database database;

    SessionStore(Database database) {
        this.database = database;
    }

    /**
     * Begins a session, unless what the login was judged by has changed since.
     *
     * @param by the developer, as they are named in the audit log
     */
    boolean begin(UUID session, AccountStore.Developer developer, Actor by) {
        var arguments =
                Tuple.of(
                        session,
                        developer.id(),
                        developer.passwordHash(),
                        developer.hasSecondFactor(),
                        by.json());
        return database.inTransaction(
                "beginning a session",
                transaction -> {
                    transaction.query("sharing a developer", SHARE, Tuple.of(developer.id()));
                    return transaction.query("beginning a session", BEGIN, arguments).size() == 1;
                });
    }

    Optional<Caller.Person> alive(UUID session) {
        return first(database.query("reading a session", ALIVE, Tuple.of(session)))
                .map(row -> person(row, session));
    }

    /** Whether it began within the last ten minutes. */
    boolean isFresh(UUID session) {
        return database.query("reading a session's age", FRESH, Tuple.of(session)).size() == 1;
    }

    /**
     * The same, and whoever ends it or others of its developer's waits until the transaction ends.
     */
    static boolean isFresh(Database.Transaction transaction, long developer, UUID session) {
        transaction.query("sharing a developer", SHARE, Tuple.of(developer));
        return transaction.query("reading a session's age", FRESH, Tuple.of(session)).size() == 1;
    }

    /** Whether nobody ended it; asked by who holds its developer. */
    static boolean isOpen(Database.Transaction transaction, UUID session) {
        return transaction.query("reading a session", OPEN, Tuple.of(session)).size() == 1;
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

    void end(UUID session, long developer, Actor by) {
        database.query("ending a session", END, Tuple.of(session, developer, by.json()));
    }

    void endAsStolen(UUID session, Actor by) {
        database.query("ending a session", END_AS_STOLEN, Tuple.of(session, by.json()));
    }

    /**
     * Ends a developer's sessions but for one. A login that is under way either was seen here, or
     * will see what the transaction changed.
     */
    static List<UUID> endAll(
            Database.Transaction transaction,
            long developer,
            @Nullable UUID spared,
            String reason) {
        transaction.query("holding a developer", HOLD, Tuple.of(developer));
        var ended = new ArrayList<UUID>();
        transaction
                .query("ending sessions", END_ALL, Tuple.of(developer, spared, reason))
                .forEach(row -> ended.add(row.getUUID("id")));
        return ended;
    }

    private static Caller.Person person(Row row, UUID session) {
        return new Caller.Person(
                row.getLong("id"),
                row.getString("name"),
                Role.of(row.getString("role")),
                new Credential.Session(session, row.getBoolean("one_time")));
    }

    private static Optional<Row> first(RowSet<Row> rows) {
        var iterator = rows.iterator();
        return iterator.hasNext() ? Optional.of(iterator.next()) : Optional.empty();
    }
}
