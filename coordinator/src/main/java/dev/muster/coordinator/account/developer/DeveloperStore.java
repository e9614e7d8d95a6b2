package dev.muster.coordinator.account.developer;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Role;

import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The rows of developers. Every method blocks its virtual thread. */
final class DeveloperStore {

    private static final String FIND =
            """
            select d.id, d.name, d.role, d.git_name, d.git_email, d.created_at,
                   d.disabled_at is not null as disabled,
                   d.one_time_until is not null as one_time,
                   exists (select 1 from totp t where t.developer_id = d.id and t.confirmed_at is not null) as has_totp
              from developer d
             where d.id = $1
            """;

    private static final String LIST =
            """
            select d.id, d.name, d.role, d.git_name, d.git_email, d.created_at,
                   d.disabled_at is not null as disabled,
                   d.one_time_until is not null as one_time,
                   exists (select 1 from totp t where t.developer_id = d.id and t.confirmed_at is not null) as has_totp
              from developer d
             order by d.name
             limit $1 offset $2
            """;

    private static final String COUNT = "select count(*) from developer";

    private static final String CREATE =
            """
            with made as (
                insert into developer (name, password_hash, role, git_name, git_email, one_time_until)
                values ($1, $2, $3, $4, $5, now() + interval '7 days')
                returning id, name, role
            )
            select id, note_act($6, 'developer.create', 'developer', id::text,
                                jsonb_build_object('name', name, 'role', role))
              from made
            """;

    // In one order for all: two admins who take each other's role wait for one another, and the
    // second then sees what the first has left.
    private static final String HOLD_ADMINS =
            """
            select id
              from developer
             where role = 'admin'
               and disabled_at is null
             order by id
               for no key update
            """;

    private static final String HOLD = "select 1 from developer where id = $1 for no key update";

    // Old and new values of what really changes.
    private static final String UPDATE =
            """
            with before as (
                select id, name, role, git_name, git_email, disabled_at is not null as disabled
                  from developer
                 where id = $1
            ), changed as (
                update developer d
                   set name = coalesce($2, d.name),
                       role = coalesce($3, d.role),
                       git_name = coalesce($4, d.git_name),
                       git_email = coalesce($5, d.git_email),
                       disabled_at = case when $6::boolean is null then d.disabled_at
                                          when $6 then coalesce(d.disabled_at, now()) end,
                       password_hash = coalesce($7, d.password_hash),
                       one_time_until = case when $7::text is null then d.one_time_until
                                             else now() + interval '7 days' end
                 where d.id = $1
                returning d.id, d.name, d.role, d.git_name, d.git_email, d.disabled_at is not null as disabled
            )
            select note_act($8, 'developer.update', 'developer', b.id::text, jsonb_strip_nulls(jsonb_build_object(
                       'name', case when b.name <> c.name then jsonb_build_array(b.name, c.name) end,
                       'role', case when b.role <> c.role then jsonb_build_array(b.role, c.role) end,
                       'gitName', case when b.git_name <> c.git_name
                                       then jsonb_build_array(b.git_name, c.git_name) end,
                       'gitEmail', case when b.git_email <> c.git_email
                                        then jsonb_build_array(b.git_email, c.git_email) end,
                       'disabled', case when b.disabled <> c.disabled
                                        then jsonb_build_array(b.disabled, c.disabled) end,
                       'passwordReset', case when $7::text is not null then true end)))
              from before b
              join changed c on c.id = b.id
            """;

    private static final String DESCRIBE =
            """
            with changed as (
                update developer
                   set git_name = coalesce($2, git_name),
                       git_email = coalesce($3, git_email)
                 where id = $1
                returning id, git_name, git_email
            )
            select note_act($4, 'profile.update', 'developer', id::text,
                            jsonb_build_object('gitName', git_name, 'gitEmail', git_email))
              from changed
            """;

    private static final String CHANGE_PASSWORD =
            """
            with changed as (
                update developer
                   set password_hash = $3,
                       one_time_until = null
                 where id = $1
                   and password_hash = $2
                   and disabled_at is null
                returning id
            )
            select note_act($4, 'password.change', 'developer', id::text, '{}')
              from changed
            """;

    private static final String RECOVERY_CODES =
            "select count(*) from recovery_code where developer_id = $1 and used_at is null";

    private final Database database;

    DeveloperStore(Database database) {
        this.database = database;
    }

    Optional<Developer> find(long id) {
        var rows = database.query("reading a developer", FIND, Tuple.of(id));
        return developers(rows).stream().findFirst();
    }

    List<Developer> list(int limit, int offset) {
        return developers(database.query("listing developers", LIST, Tuple.of(limit, offset)));
    }

    long count() {
        return database.query("counting developers", COUNT).iterator().next().getLong(0);
    }

    /** How many recovery codes of a second factor are left. */
    long recoveryCodes(long developer) {
        var rows = database.query("counting recovery codes", RECOVERY_CODES, Tuple.of(developer));
        return rows.iterator().next().getLong(0);
    }

    /**
     * Makes an account with a one-time password; a {@code DatabaseFailure} violating
     * developer_name_key if the name is taken.
     */
    long create(
            String name,
            String passwordHash,
            Role role,
            String gitName,
            String gitEmail,
            Actor by) {
        var arguments = Tuple.of(name, passwordHash, role.word(), gitName, gitEmail, by.json());
        var rows = database.query("making a developer", CREATE, arguments);
        return rows.iterator().next().getLong("id");
    }

    /** All admins who are not disabled; none of them changes until the transaction ends. */
    static Set<Long> holdAdmins(Database.Transaction transaction) {
        var admins = new HashSet<Long>();
        transaction
                .query("holding the admins", HOLD_ADMINS, Tuple.tuple())
                .forEach(row -> admins.add(row.getLong("id")));
        return admins;
    }

    /**
     * Changes an account; a {@code DatabaseFailure} violating developer_name_key if its new name is
     * taken.
     *
     * @return whether there is such an account
     */
    static boolean update(Database.Transaction transaction, long id, Change change, Actor by) {
        transaction.query("holding a developer", HOLD, Tuple.of(id));
        var role = change.role() == null ? null : change.role().word();
        var arguments =
                Tuple.tuple()
                        .addLong(id)
                        .addString(change.name())
                        .addString(role)
                        .addString(change.gitName())
                        .addString(change.gitEmail())
                        .addBoolean(change.disabled())
                        .addString(change.passwordHash())
                        .addJsonObject(by.json());
        return transaction.query("changing a developer", UPDATE, arguments).size() == 1;
    }

    /** Changes what commits say of a developer; null leaves a thing as it is. */
    void describe(long id, Optional<String> gitName, Optional<String> gitEmail, Actor by) {
        var arguments = Tuple.of(id, gitName.orElse(null), gitEmail.orElse(null), by.json());
        database.query("changing a profile", DESCRIBE, arguments);
    }

    /** Replaces a password, if it is still the one that {@code oldHash} is of. */
    static boolean changePassword(
            Database.Transaction transaction, long id, String oldHash, String newHash, Actor by) {
        var arguments = Tuple.of(id, oldHash, newHash, by.json());
        return transaction.query("changing a password", CHANGE_PASSWORD, arguments).size() == 1;
    }

    private static List<Developer> developers(RowSet<Row> rows) {
        var developers = new ArrayList<Developer>();
        for (var row : rows) {
            developers.add(
                    new Developer(
                            row.getLong("id"),
                            row.getString("name"),
                            Role.of(row.getString("role")),
                            row.getString("git_name"),
                            row.getString("git_email"),
                            row.getBoolean("disabled"),
                            row.getBoolean("one_time"),
                            row.getBoolean("has_totp"),
                            row.getOffsetDateTime("created_at")));
        }
        return developers;
    }
}
