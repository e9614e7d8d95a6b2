package dev.muster.coordinator.project;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.Database.Transaction;

import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The rows of {@code project_member}: who belongs to which project, in which role. */
final class MemberStore {

    /** Somebody who belongs to a project. */
    record Member(long developer, String name, String role) {}

    /** Somebody who could. */
    record Available(long developer, String name) {}

    /**
     * A developer, as the members of one project see them.
     *
     * @param role that they have there, if any
     * @param active whether they can log in
     */
    record Known(long id, String name, boolean active, @Nullable String role) {}

    private static final String LIST =
            """
            select d.id, d.name, m.role
              from project_member m
              join developer d on d.id = m.developer_id
             where m.project_id = $1
             order by d.name
             limit $2 offset $3
            """;

    private static final String COUNT = "select count(*) from project_member where project_id = $1";

    private static final String MAINTAINS =
            """
            select exists (select 1 from project_member
                            where developer_id = $1 and role = 'maintainer')
            """;

    private static final String AVAILABLE =
            """
            select id, name
              from developer
             where disabled_at is null
             order by name
             limit $1 offset $2
            """;

    private static final String COUNT_AVAILABLE =
            "select count(*) from developer where disabled_at is null";

    private static final String KNOWN =
            """
            select d.id, d.name, d.disabled_at is null as active, m.role
              from developer d
              left join project_member m on m.developer_id = d.id and m.project_id = $1
             where d.id = $2
            """;

    private static final String OTHER_MAINTAINER =
            """
            select exists (select 1
                             from project_member m
                             join developer d on d.id = m.developer_id and d.disabled_at is null
                            where m.project_id = $1 and m.developer_id <> $2 and m.role = 'maintainer')
            """;

    private static final String PUT =
            """
            with put as (
                insert into project_member (project_id, developer_id, role)
                values ($1, $2, $3)
                    on conflict (project_id, developer_id) do update set role = excluded.role
                returning *
            )
            select note_act($4, 'project.set_member', 'project', p.key, jsonb_build_object(
                       'developerId', d.id, 'name', d.name, 'from', $5::text, 'to', m.role))
              from put m
              join project p on p.id = m.project_id
              join developer d on d.id = m.developer_id
            """;

    private static final String REMOVE =
            """
            with gone as (
                delete from project_member
                 where project_id = $1 and developer_id = $2
                returning *
            )
            select note_act($3, 'project.remove_member', 'project', p.key, jsonb_build_object(
                       'developerId', d.id, 'name', d.name, 'from', m.role))
              from gone m
              join project p on p.id = m.project_id
              join developer d on d.id = m.developer_id
            """;

    private final Database database;

    MemberStore(Database database) {
        this.database = database;
    }

    /** Members by name. */
    List<Member> list(long project, int limit, int offset) {
        var members = new ArrayList<Member>();
        database.query("listing members", LIST, Tuple.of(project, limit, offset))
                .forEach(
                        row ->
                                members.add(
                                        new Member(
                                                row.getLong("id"),
                                                row.getString("name"),
                                                row.getString("role"))));
        return members;
    }

    long count(long project) {
        return number(database.query("counting members", COUNT, Tuple.of(project)));
    }

    /** Whether the person is a maintainer anywhere. */
    boolean maintainsAny(long developer) {
        return yes(database.query("looking for a maintainer", MAINTAINS, Tuple.of(developer)));
    }

    /** Whoever can log in, by name. */
    List<Available> available(int limit, int offset) {
        var developers = new ArrayList<Available>();
        database.query("listing developers", AVAILABLE, Tuple.of(limit, offset))
                .forEach(
                        row ->
                                developers.add(
                                        new Available(row.getLong("id"), row.getString("name"))));
        return developers;
    }

    long countAvailable() {
        return number(database.query("counting developers", COUNT_AVAILABLE));
    }

    static Optional<Known> known(Transaction transaction, long project, long developer) {
        var rows = transaction.query("reading a member", KNOWN, Tuple.of(project, developer));
        if (rows.size() == 0) {
            return Optional.empty();
        }
        var row = rows.iterator().next();
        return Optional.of(
                new Known(
                        row.getLong("id"),
                        row.getString("name"),
                        row.getBoolean("active"),
                        row.getString("role")));
    }

    /** Whether somebody else can look after a project that the transaction has locked. */
    static boolean hasOtherMaintainer(Transaction transaction, long project, long developer) {
        var besides = Tuple.of(project, developer);
        return yes(transaction.query("looking for another maintainer", OTHER_MAINTAINER, besides));
    }

    /** Makes the developer a member in that role, of a project that the transaction has locked. */
    static void put(Transaction transaction, long project, Known developer, String role, Actor by) {
        var arguments = Tuple.of(project, developer.id(), role, by.json(), developer.role());
        transaction.query("adding a member", PUT, arguments);
    }

    /** Ends the developer's membership of a project that the transaction has locked. */
    static void remove(Transaction transaction, long project, long developer, Actor by) {
        transaction.query("removing a member", REMOVE, Tuple.of(project, developer, by.json()));
    }

    private static boolean yes(RowSet<Row> rows) {
        return rows.iterator().next().getBoolean(0);
    }

    private static long number(RowSet<Row> rows) {
        return rows.iterator().next().getLong(0);
    }
}
