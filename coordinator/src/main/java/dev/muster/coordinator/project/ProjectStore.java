package dev.muster.coordinator.project;

import dev.muster.coordinator.db.Database;

import io.vertx.core.json.JsonArray;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The rows of {@code project} and {@code pipeline}. */
final class ProjectStore {

    /** A project as people see it. */
    record Project(
            String key,
            String name,
            @Nullable String repoUrl,
            @Nullable String defaultBranch,
            String agentType,
            @Nullable Integer concurrency,
            long pipeline,
            @Nullable Integer graceSeconds,
            OffsetDateTime createdAt) {}

    /** What a new project is to be. */
    record NewProject(
            String key,
            String name,
            @Nullable String repoUrl,
            @Nullable String defaultBranch,
            String agentType,
            @Nullable Integer concurrency,
            JsonArray stages,
            @Nullable Integer graceSeconds,
            long developer) {}

    // Both ids are drawn first, so that each row can name the other.
    private static final String CREATE =
            """
            with ids as (
                select nextval(pg_get_serial_sequence('project', 'id')) as project_id,
                       nextval(pg_get_serial_sequence('pipeline', 'id')) as pipeline_id
            ), stored as (
                insert into pipeline (id, project_id, stages) overriding system value
                select pipeline_id, project_id, $6
                  from ids
            )
            insert into project (id, key, name, repo_url, default_branch, agent_type, pipeline_id, created_by,
                                 grace_seconds, concurrency)
            overriding system value
            select project_id, $1, $2, $3, $4, $5, pipeline_id, $7, $8, $9
              from ids
            returning key, name, repo_url, default_branch, agent_type, concurrency, pipeline_id, grace_seconds,
                      created_at
            """;

    private static final String FIND =
            """
            select key, name, repo_url, default_branch, agent_type, concurrency, pipeline_id, grace_seconds, created_at
              from project
             where key = $1
            """;

    private static final String LIST =
            """
            select key, name, repo_url, default_branch, agent_type, concurrency, pipeline_id, grace_seconds, created_at
              from project
             order by key
             limit $1 offset $2
            """;

    private static final String COUNT = "select count(*) from project";

    private final Database database;

    ProjectStore(Database database) {
        this.database = database;
    }

    /**
     * Creates a project with its pipeline; a {@code DatabaseFailure} violating project_key_key if
     * the key is taken.
     */
    Project create(NewProject project) {
        var arguments =
                Tuple.of(
                        project.key(),
                        project.name(),
                        project.repoUrl(),
                        project.defaultBranch(),
                        project.agentType(),
                        project.stages(),
                        project.developer(),
                        project.graceSeconds(),
                        project.concurrency());
        return project(database.query("creating a project", CREATE, arguments).iterator().next());
    }

    Optional<Project> find(String key) {
        var rows = database.query("reading a project", FIND, Tuple.of(key));
        return rows.size() == 0 ? Optional.empty() : Optional.of(project(rows.iterator().next()));
    }

    List<Project> list(int limit, int offset) {
        var projects = new ArrayList<Project>();
        database.query("listing projects", LIST, Tuple.of(limit, offset))
                .forEach(row -> projects.add(project(row)));
        return projects;
    }

    long count() {
        return database.query("counting projects", COUNT).iterator().next().getLong(0);
    }

    private static Project project(Row row) {
        return new Project(
                row.getString("key"),
                row.getString("name"),
                row.getString("repo_url"),
                row.getString("default_branch"),
                row.getString("agent_type"),
                row.getInteger("concurrency"),
                row.getLong("pipeline_id"),
                row.getInteger("grace_seconds"),
                row.getOffsetDateTime("created_at"));
    }
}
