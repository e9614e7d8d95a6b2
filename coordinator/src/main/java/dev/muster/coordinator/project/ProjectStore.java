package dev.muster.coordinator.project;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.Database.Transaction;
import dev.muster.coordinator.http.Caller.Person;
import dev.muster.protocol.pipeline.Pipeline;
import dev.muster.protocol.wire.Wire;
import dev.muster.protocol.wire.WireException;

import io.vertx.core.json.JsonArray;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The rows of {@code project} and {@code pipeline}. */
final class ProjectStore {

    private static final Logger log = LoggerFactory.getLogger(ProjectStore.class);

    /**
     * A project as a person sees it.
     *
     * @param shells who may open shells in its workspaces
     * @param version raised with each change
     * @param role that the person has in it, if any
     */
    record Project(
            long id,
            String key,
            String name,
            @Nullable String repoUrl,
            @Nullable String defaultBranch,
            String agentType,
            @Nullable Integer concurrency,
            long pipeline,
            @Nullable Integer graceSeconds,
            String push,
            String shells,
            OffsetDateTime createdAt,
            long version,
            @Nullable OffsetDateTime archivedAt,
            @Nullable String role) {}

    /**
     * What people say of a project.
     *
     * @param stages null for those of the pipeline that it has
     */
    record Settings(
            String name,
            @Nullable String repoUrl,
            @Nullable String defaultBranch,
            String agentType,
            @Nullable Integer concurrency,
            @Nullable JsonArray stages,
            @Nullable Integer graceSeconds,
            String push,
            String shells) {}

    // Both ids are drawn first, so that each row can name the other.
    private static final String CREATE =
            """
            with ids as (
                select nextval(pg_get_serial_sequence('project', 'id')) as project_id,
                       nextval(pg_get_serial_sequence('pipeline', 'id')) as pipeline_id
            ), stored as (
                insert into pipeline (id, project_id, stages, agent_type) overriding system value
                select pipeline_id, project_id, $6, $5
                  from ids
            ), made as (
                insert into project (id, key, name, repo_url, default_branch, agent_type, pipeline_id, created_by,
                                     grace_seconds, concurrency, push, shells)
                overriding system value
                select project_id, $1, $2, $3, $4, $5, pipeline_id, $7, $8, $9, $11, $12
                  from ids
                returning *
            )
            select m.*, null as role, note_act($10, 'project.create', 'project', m.key, jsonb_build_object('name', m.name))
              from made m
            """;

    private static final String SHOWN =
            """
            select p.*, m.role
              from project p
              left join project_member m on m.project_id = p.id and m.developer_id = $1
            """;

    private static final String FIND = SHOWN + "where p.key = $2";

    // The ones that $2 asks for: all, or the person's own.
    private static final String LIST =
            SHOWN
                    + """
                     where ($2 or m.role is not null) and (p.archived_at is not null) = $3
                     order by p.key
                     limit $4 offset $5
                    """;

    private static final String COUNT =
            """
            select count(*)
              from project p
             where ($2 or exists (select 1 from project_member m where m.project_id = p.id and m.developer_id = $1))
               and (p.archived_at is not null) = $3
            """;

    // Whoever changes a project or its members holds this, and then looks: a statement of its own
    // sees what others did while the lock was waited for. It stands in nobody's way who only refers
    // to the project.
    private static final String LOCK = "select id from project where key = $1 for no key update";

    private static final String STAGES =
            "select stages::text as stages from pipeline where id = $1";

    private static final String UPDATE =
            """
            with stored as (
                insert into pipeline (project_id, stages, agent_type)
                select $2::bigint, $7::jsonb, $6::text
                 where $7::jsonb is not null
                returning id
            ), changed as (
                update project
                   set name = $3, repo_url = $4, default_branch = $5, agent_type = $6, concurrency = $8,
                       grace_seconds = $9, push = $12, shells = $13, pipeline_id = coalesce((select id from stored), pipeline_id),
                       version = version + 1
                 where id = $2
                returning *
            )
            select c.*, m.role, note_act($10, 'project.update', 'project', c.key, $11)
              from changed c
              left join project_member m on m.project_id = c.id and m.developer_id = $1
            """;

    private final Database database;

    ProjectStore(Database database) {
        this.database = database;
    }

    /**
     * Creates a project with its pipeline; a {@code DatabaseFailure} violating project_key_key if
     * the key is taken.
     */
    Project create(String key, Settings settings, Person by, Actor actor) {
        var arguments =
                Tuple.of(
                        key,
                        settings.name(),
                        settings.repoUrl(),
                        settings.defaultBranch(),
                        settings.agentType(),
                        settings.stages(),
                        by.id(),
                        settings.graceSeconds(),
                        settings.concurrency(),
                        actor.json(),
                        settings.push(),
                        settings.shells());
        return only(database.query("creating a project", CREATE, arguments)).orElseThrow();
    }

    Optional<Project> find(String key, Person viewer) {
        return only(database.query("reading a project", FIND, Tuple.of(viewer.id(), key)));
    }

    /** The same, and nobody else changes it or its members before the transaction ends. */
    static Optional<Project> lock(Transaction transaction, String key, Person viewer) {
        transaction.query("locking a project", LOCK, Tuple.of(key));
        return find(transaction, key, viewer);
    }

    static Optional<Project> find(Transaction transaction, String key, Person viewer) {
        return only(transaction.query("reading a project", FIND, Tuple.of(viewer.id(), key)));
    }

    /** The pipeline with this number; empty if what the database holds is none any more. */
    static Optional<Pipeline> pipeline(Transaction transaction, long id) {
        var rows = transaction.query("reading a pipeline", STAGES, Tuple.of(id));
        var json = rows.iterator().next().getString("stages");
        try {
            return Optional.of(Wire.decode(json.getBytes(StandardCharsets.UTF_8), Pipeline.class));
        } catch (WireException e) {
            log.warn("a pipeline cannot be read pipeline={} why={}", id, e.getMessage());
            return Optional.empty();
        }
    }

    /** Changes a project that the transaction has locked. */
    static Project update(
            Transaction transaction, long project, Change change, Person by, Actor actor) {
        var settings = change.settings();
        var arguments =
                Tuple.of(
                        by.id(),
                        project,
                        settings.name(),
                        settings.repoUrl(),
                        settings.defaultBranch(),
                        settings.agentType(),
                        settings.stages(),
                        settings.concurrency(),
                        settings.graceSeconds(),
                        actor.json(),
                        change.difference(),
                        settings.push(),
                        settings.shells());
        return only(transaction.query("changing a project", UPDATE, arguments)).orElseThrow();
    }

    /**
     * Projects by key.
     *
     * @param everywhere whether those too that {@code viewer} does not belong to
     * @param archived whether the archived ones are meant, or the others
     */
    List<Project> list(Person viewer, boolean everywhere, boolean archived, int limit, int offset) {
        var arguments = Tuple.of(viewer.id(), everywhere, archived, limit, offset);
        var projects = new ArrayList<Project>();
        database.query("listing projects", LIST, arguments)
                .forEach(row -> projects.add(project(row)));
        return projects;
    }

    /** How many projects {@link #list} has without its limit. */
    long count(Person viewer, boolean everywhere, boolean archived) {
        var arguments = Tuple.of(viewer.id(), everywhere, archived);
        return database.query("counting projects", COUNT, arguments).iterator().next().getLong(0);
    }

    private static Optional<Project> only(RowSet<Row> rows) {
        return rows.size() == 0 ? Optional.empty() : Optional.of(project(rows.iterator().next()));
    }

    private static Project project(Row row) {
        return new Project(
                row.getLong("id"),
                row.getString("key"),
                row.getString("name"),
                row.getString("repo_url"),
                row.getString("default_branch"),
                row.getString("agent_type"),
                row.getInteger("concurrency"),
                row.getLong("pipeline_id"),
                row.getInteger("grace_seconds"),
                row.getString("push"),
                row.getString("shells"),
                row.getOffsetDateTime("created_at"),
                row.getLong("version"),
                row.getOffsetDateTime("archived_at"),
                row.getString("role"));
    }
}
