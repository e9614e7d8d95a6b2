package dev.muster.coordinator.secret;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.Database.Transaction;
import dev.muster.coordinator.http.Call;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** The rows of {@code secret}, and what a project gives to all its stages. */
final class SecretStore {

    /** Under which the repository's token is kept; no name that a person can give. */
    static final String GIT_TOKEN = "git-token";

    /**
     * A project as who calls may see it.
     *
     * @param decides whether they are one of its maintainers, or an admin
     * @param archived whether it stays as it is
     */
    record Project(
            long id,
            @Nullable String repoUrl,
            JsonObject environment,
            boolean decides,
            boolean archived) {}

    /** A secret as people see it. */
    record Listed(String name, OffsetDateTime updatedAt, String updatedBy) {}

    /** A secret as it lies in the database, with the key it was sealed with. */
    record Sealed(long project, String name, byte[] bytes, KeyStore.Wrapped key) {}

    private static final String FIND =
            """
            select p.id, p.repo_url, p.environment, ($3 or m.role = 'maintainer') as decides,
                   p.archived_at is not null as archived
              from project p
              left join project_member m on m.project_id = p.id and m.developer_id = $2
             where p.key = $1 and ($3 or m.developer_id is not null)
            """;

    // Held by whoever changes a project or archives it, and two at once do not go beyond what one
    // may
    // have. What is read afterwards, by a statement of its own, holds until the end.
    private static final String LOCK = "select id from project where key = $1 for no key update";

    private static final String PUT_ENVIRONMENT =
            """
            with changed as (
                update project
                   set environment = $2
                 where id = $1
                returning key, environment
            )
            select note_act($3, 'environment.update', 'project', key,
                            jsonb_build_object('names', (select coalesce(jsonb_agg(name order by name), '[]')
                                                           from jsonb_object_keys(environment) as name)))
              from changed
            """;

    private static final String LIST =
            """
            select s.name, s.updated_at, d.name as updated_by
              from secret s
              join developer d on d.id = s.updated_by
             where s.project_id = $1 and s.name <> 'git-token'
             order by s.name
             limit $2 offset $3
            """;

    private static final String COUNT =
            "select count(*) from secret where project_id = $1 and name <> 'git-token'";

    private static final String MEASURE =
            """
            select count(*) as others, coalesce(sum(octet_length(sealed)), 0) as bytes
              from secret
             where project_id = $1 and name <> $2
            """;

    private static final String PUT =
            """
            with kept as (
                insert into secret (project_id, name, key_id, sealed, updated_by)
                values ($1, $2, $3, $4, $5)
                    on conflict (project_id, name)
                    do update set key_id = excluded.key_id, sealed = excluded.sealed, updated_at = now(),
                                  updated_by = excluded.updated_by
                returning project_id, name, updated_at, updated_by
            )
            select k.name, k.updated_at, d.name as updated_by,
                   note_act($6, $7, 'project', p.key, jsonb_build_object('name', k.name))
              from kept k
              join project p on p.id = k.project_id
              join developer d on d.id = k.updated_by
            """;

    private static final String DELETE =
            """
            with gone as (
                delete from secret
                 where project_id = $1 and name = $2
                returning project_id, name
            )
            select note_act($3, $4, 'project', p.key, jsonb_build_object('name', g.name))
              from gone g
              join project p on p.id = g.project_id
            """;

    private static final String SEALED =
            """
            select s.project_id, s.name, s.sealed, k.id, k.wrapped
              from secret s
              join secret_key k on k.id = s.key_id
             where s.project_id = any($1)
            """;

    private static final String SEALED_OTHERWISE =
            """
            select s.project_id, s.name, s.sealed, k.id, k.wrapped
              from secret s
              join secret_key k on k.id = s.key_id
             where s.key_id <> $1 and s.key_id <> all($2)
             limit $3
               for update of s skip locked
            """;

    private static final String SEAL_ANEW =
            """
            update secret
               set sealed = $3, key_id = $4
             where project_id = $1 and name = $2
            """;

    private final Database database;

    SecretStore(Database database) {
        this.database = database;
    }

    /** Empty if there is none, or it is not theirs to see. */
    Optional<Project> find(String key, Call by) {
        return only(database.query("reading a project's environment", FIND, sought(key, by)));
    }

    /** The same, and nobody else changes it before the transaction ends. */
    static Optional<Project> lock(Transaction transaction, String key, Call by) {
        transaction.query("locking a project", LOCK, Tuple.of(key));
        return only(transaction.query("reading a project's environment", FIND, sought(key, by)));
    }

    private static Tuple sought(String key, Call by) {
        return Tuple.of(key, by.person().id(), by.person().isAdmin());
    }

    private static Optional<Project> only(RowSet<Row> rows) {
        if (rows.size() == 0) {
            return Optional.empty();
        }
        var row = rows.iterator().next();
        return Optional.of(
                new Project(
                        row.getLong("id"),
                        row.getString("repo_url"),
                        row.getJsonObject("environment"),
                        Boolean.TRUE.equals(row.getBoolean("decides")),
                        row.getBoolean("archived")));
    }

    /** Of a project that the transaction has locked. */
    static void putEnvironment(
            Transaction transaction, long project, JsonObject environment, Call by) {
        var arguments = Tuple.of(project, environment, Actor.of(by).json());
        transaction.query("changing a project's environment", PUT_ENVIRONMENT, arguments);
    }

    List<Listed> list(long project, int limit, int offset) {
        var listed = new ArrayList<Listed>();
        database.query("listing secrets", LIST, Tuple.of(project, limit, offset))
                .forEach(row -> listed.add(listed(row)));
        return listed;
    }

    long count(long project) {
        return database.query("counting secrets", COUNT, Tuple.of(project))
                .iterator()
                .next()
                .getLong(0);
    }

    /**
     * Keeps a secret of a project that the transaction has locked, unless that had too many with
     * it.
     *
     * @param most how many it may have, and
     * @param mostBytes how long they may be together, sealed
     * @return empty if they were too many
     */
    static Optional<Listed> put(
            Transaction transaction, Sealed secret, String act, Call by, int most, int mostBytes) {
        var others =
                transaction
                        .query(
                                "measuring secrets",
                                MEASURE,
                                Tuple.of(secret.project(), secret.name()))
                        .iterator()
                        .next();
        if (others.getLong("others") >= most
                || others.getLong("bytes") + secret.bytes().length > mostBytes) {
            return Optional.empty();
        }
        var arguments =
                Tuple.of(
                        secret.project(),
                        secret.name(),
                        secret.key().id(),
                        Buffer.buffer(secret.bytes()),
                        by.person().id(),
                        Actor.of(by).json(),
                        act);
        var rows = transaction.query("keeping a secret", PUT, arguments);
        return Optional.of(listed(rows.iterator().next()));
    }

    /** False if the project, which the transaction has locked, had none. */
    static boolean delete(Transaction transaction, long project, String name, String act, Call by) {
        var arguments = Tuple.of(project, name, Actor.of(by).json(), act);
        return transaction.query("forgetting a secret", DELETE, arguments).size() == 1;
    }

    /** All secrets of these projects. */
    List<Sealed> sealed(Set<Long> projects) {
        return sealed(database.query("reading secrets", SEALED, ids(projects)));
    }

    /** The same within a transaction. */
    static List<Sealed> sealed(Transaction transaction, Set<Long> projects) {
        return sealed(transaction.query("reading secrets", SEALED, ids(projects)));
    }

    private static Tuple ids(Set<Long> projects) {
        return Tuple.tuple().addArrayOfLong(projects.toArray(Long[]::new));
    }

    /**
     * Some that are sealed with none of {@code key} and {@code passed}, locked.
     *
     * @param passed keys that nobody here can open
     */
    static List<Sealed> sealedOtherwise(
            Transaction transaction, UUID key, Set<UUID> passed, int most) {
        var arguments = Tuple.of(key, passed.toArray(UUID[]::new), most);
        return sealed(transaction.query("reading secrets to seal", SEALED_OTHERWISE, arguments));
    }

    static void sealAnew(Transaction transaction, Sealed secret) {
        var arguments =
                Tuple.of(
                        secret.project(),
                        secret.name(),
                        Buffer.buffer(secret.bytes()),
                        secret.key().id());
        transaction.query("sealing a secret anew", SEAL_ANEW, arguments);
    }

    private static List<Sealed> sealed(RowSet<Row> rows) {
        var sealed = new ArrayList<Sealed>();
        for (var row : rows) {
            sealed.add(
                    new Sealed(
                            row.getLong("project_id"),
                            row.getString("name"),
                            row.getBuffer("sealed").getBytes(),
                            new KeyStore.Wrapped(
                                    row.getUUID("id"), row.getBuffer("wrapped").getBytes())));
        }
        return sealed;
    }

    private static Listed listed(Row row) {
        return new Listed(
                row.getString("name"),
                row.getOffsetDateTime("updated_at"),
                row.getString("updated_by"));
    }
}
