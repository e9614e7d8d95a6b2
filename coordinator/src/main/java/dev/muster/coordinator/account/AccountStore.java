package dev.muster.coordinator.account;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.http.Credential;
import dev.muster.coordinator.http.Role;

import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.util.Optional;
import java.util.UUID;

/** What a login is judged by. Every method blocks its virtual thread. */
final class AccountStore {

    private static final String DEVELOPER =
            """
            select d.id, d.name, d.role, d.password_hash,
                   d.one_time_until is not null as one_time,
                   exists (select 1 from totp t where t.developer_id = d.id and t.confirmed_at is not null)
                       as has_second_factor
              from developer d
             where d.name = $1
               and d.disabled_at is null
            """;

    private static final String NOTE_FAILURE =
            """
            select note_denial($1, 'login.failed', case when $2::text is null then null else 'developer' end, $2,
                               jsonb_build_object('reason', $3::text, 'leftOut', $4::bigint))
            """;

    private static final String LOCK_FIRST_ADMIN = "select pg_advisory_xact_lock(7310310914)";

    private static final String ANY_DEVELOPER = "select 1 from developer limit 1";

    private static final String FIRST_ADMIN =
            """
            insert into developer (name, password_hash, role, git_name, git_email)
            values ('admin', $1, 'admin', 'Muster Admin', 'admin@localhost')
            """;

    /**
     * Someone who may log in.
     *
     * @param oneTime whether the password is one that must be replaced
     */
    record Developer(
            long id,
            String name,
            Role role,
            String passwordHash,
            boolean oneTime,
            boolean hasSecondFactor) {

        Caller.Person in(UUID session) {
            return new Caller.Person(id, name, role, new Credential.Session(session, oneTime));
        }

        /** Who they are in the audit log, before there is a session of theirs. */
        Actor from(Actor unknown) {
            return new Actor(
                    "person", Long.toString(id), name, unknown.address(), unknown.request());
        }
    }

    private final Database database;

    AccountStore(Database database) {
        this.database = database;
    }

    Optional<Developer> developer(String name) {
        var rows = database.query("reading a developer", DEVELOPER, Tuple.of(name)).iterator();
        if (!rows.hasNext()) {
            return Optional.empty();
        }
        var row = rows.next();
        return Optional.of(
                new Developer(
                        row.getLong("id"),
                        row.getString("name"),
                        Role.of(row.getString("role")),
                        row.getString("password_hash"),
                        row.getBoolean("one_time"),
                        row.getBoolean("has_second_factor")));
    }

    /**
     * Writes down that somebody could not log in.
     *
     * @param developer whose name was given; null if it is nobody's
     * @param leftOut how many such entries were not written before this one
     */
    void noteFailure(Actor by, @Nullable Long developer, String reason, long leftOut) {
        var target = developer == null ? null : Long.toString(developer);
        database.query(
                "noting a failed login",
                NOTE_FAILURE,
                Tuple.of(by.json(), target, reason, leftOut));
    }

    /** Whether the first developer is missing; holds a lock until the transaction ends. */
    static boolean lacksDevelopers(Database.Transaction transaction) {
        transaction.query("locking the first account", LOCK_FIRST_ADMIN, Tuple.tuple());
        return transaction.query("looking for accounts", ANY_DEVELOPER, Tuple.tuple()).size() == 0;
    }

    static void insertFirstAdmin(Database.Transaction transaction, String passwordHash) {
        transaction.query("making the first account", FIRST_ADMIN, Tuple.of(passwordHash));
    }
}
