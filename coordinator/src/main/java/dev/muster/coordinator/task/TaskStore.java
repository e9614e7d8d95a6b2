package dev.muster.coordinator.task;

import dev.muster.coordinator.db.Database;
import dev.muster.protocol.task.TaskState;

import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The rows of {@code task}: creating many at once and reading what a person may see. */
final class TaskStore {

    // One round trip and one commit for all that came together: task, queue row and first event of
    // each. The projects' keys are shared with all but who archives one of them, so that either the
    // task is seen there or the archived project here.
    private static final String CREATE =
            """
            with input as (
                select *
                  from unnest($1::text[], $2::text[], $3::bigint[], $4::boolean[], $5::uuid[], $6::int[], $7::text[], $8::bytea[],
                              $9::text[])
                       with ordinality as i (key, description, developer_id, everywhere, pinned, priority, request,
                                             fingerprint, actor, n)
            ), open as materialized (
                select id, key, pipeline_id, agent_type
                  from project
                 where key = any($1) and archived_at is null
                 order by id
                   for key share
            ), known as (
                select i.*, r.task_id as earlier, r.fingerprint = i.fingerprint as same, p.id as project_id, p.pipeline_id, p.agent_type,
                       i.pinned is null or exists (
                           select 1 from machine m where m.id = i.pinned and m.status <> 'decommissioned'
                       ) as machine_known
                  from input i
                  left join request_key r on r.developer_id = i.developer_id and r.operation = 'createTask' and r.key = i.request
                  left join open p
                    on p.key = i.key
                   and (i.everywhere or exists (
                           select 1 from project_member m
                            where m.project_id = p.id and m.developer_id = i.developer_id))
            ), numbered as materialized (
                select *, actor::jsonb as by, case when project_id is not null and machine_known and earlier is null
                               then nextval('task_id_seq') end as id
                  from known
            ), created as (
                insert into task (id, project_id, pipeline_id, developer_id, description, pinned, priority, events)
                select id, project_id, pipeline_id, developer_id, description, pinned, priority, 1
                  from numbered
                 where id is not null
            ), queued as (
                insert into queue (task_id, project_id, priority, agent_type, pinned)
                select id, project_id, priority, agent_type, pinned
                  from numbered
                 where id is not null
            ), told as (
                insert into event (task_id, n, type, attempt, data)
                select id, 1, 'state_change', 1, '{"to": "QUEUED"}'
                  from numbered
                 where id is not null
            ), noted as (
                insert into audit_entry (actor_kind, actor_id, actor_name, address, request, action, target_kind,
                                         target_id, data)
                select by ->> 'kind', by ->> 'id', by ->> 'name', by ->> 'address', by ->> 'request', 'task.create',
                       'task', id::text, jsonb_build_object('project', key)
                  from numbered
                 where id is not null
            ), remembered as (
                insert into request_key (developer_id, operation, key, fingerprint, task_id)
                select developer_id, 'createTask', request, fingerprint, id
                  from numbered
                 where id is not null and request is not null
                 order by developer_id, request
            )
            select id, project_id, pipeline_id, agent_type, machine_known, earlier, same, now() as created_at
              from numbered
             order by n
            """;

    private static final String SHOWN =
            """
            select t.*, k.try, k.tries, k.from_stage, k.from_attempt, k.from_machine,
                   coalesce(q.flagged, false) as flagged, coalesce(l.lost, false) as lost,
                   g.id as gate_id, g.stage as gate_stage, g.kind as gate_kind, g.choices as gate_choices,
                   g.fallback as gate_fallback, g.opened_at as gate_opened_at, g.expires_at as gate_expires_at
              from task_shown t
              join task k on k.id = t.id
              left join queue q on q.task_id = t.id
              left join lease l on l.task_id = t.id
              left join gate g on g.task_id = t.id and g.outcome is null
            """;

    private static final String FIND =
            SHOWN
                    + """
                     where t.id = $3
                       and ($1 or exists (select 1 from project_member m
                                           where m.project_id = t.project_id and m.developer_id = $2))
                    """;

    private static final String IS_VISIBLE =
            """
            select 1
              from task t
             where t.id = $3
               and ($1 or exists (select 1 from project_member m
                                   where m.project_id = t.project_id and m.developer_id = $2))
            """;

    private static final String LIST =
            SHOWN
                    + """
                     where ($1 or exists (select 1 from project_member m
                                           where m.project_id = t.project_id and m.developer_id = $2))
                       and ($3::text is null or t.state = $3)
                       and ($4::text is null or t.project_key = $4)
                     order by t.id desc
                     limit $5 offset $6
                    """;

    // By the index of attempts: a task's own machine has none, so that its updates stay in place.
    private static final String LIST_OF_MACHINE =
            SHOWN
                    + """
                      join attempt a on a.task_id = t.id and a.number = t.attempt
                     where a.machine_id = $3
                       and ($1 or exists (select 1 from project_member m
                                           where m.project_id = t.project_id and m.developer_id = $2))
                       and ($4::text is null or t.state = $4)
                     order by a.task_id desc
                     limit $5 offset $6
                    """;

    private static final String HAS_MACHINE = "select 1 from machine where id = $1";

    private static final String COUNT =
            """
            select count(*)
              from task t
              join project p on p.id = t.project_id
             where ($1 or exists (select 1 from project_member m
                                   where m.project_id = t.project_id and m.developer_id = $2))
               and ($3::text is null or t.state = $3)
               and ($4::text is null or p.key = $4)
            """;

    private final Database database;

    TaskStore(Database database) {
        this.database = database;
    }

    /** Creates all that may be created, in one transaction, and answers each in order. */
    List<Creation> create(List<NewTask> tasks) {
        var arguments =
                Tuple.of(
                        tasks.stream().map(NewTask::projectKey).toArray(String[]::new),
                        tasks.stream().map(NewTask::description).toArray(String[]::new),
                        tasks.stream().map(NewTask::developer).toArray(Long[]::new),
                        tasks.stream().map(NewTask::everywhere).toArray(Boolean[]::new),
                        tasks.stream().map(NewTask::pinned).toArray(UUID[]::new),
                        tasks.stream().map(NewTask::priority).toArray(Integer[]::new),
                        tasks.stream().map(TaskStore::requestKey).toArray(String[]::new),
                        tasks.stream().map(TaskStore::fingerprint).toArray(Buffer[]::new),
                        tasks.stream()
                                .map(task -> task.by().json().encode())
                                .toArray(String[]::new));
        var creations = new ArrayList<Creation>(tasks.size());
        database.query("creating tasks", CREATE, arguments)
                .forEach(row -> creations.add(creation(row)));
        return creations;
    }

    private static @Nullable String requestKey(NewTask task) {
        return task.request() == null ? null : task.request().key();
    }

    private static @Nullable Buffer fingerprint(NewTask task) {
        return task.request() == null ? null : Buffer.buffer(task.request().fingerprint());
    }

    private static Creation creation(Row row) {
        var earlier = row.getLong("earlier");
        if (earlier != null) {
            return row.getBoolean("same")
                    ? new Creation.Repeated(earlier)
                    : new Creation.OtherRequest();
        }
        if (row.getLong("project_id") == null) {
            return new Creation.NoProject();
        }
        if (!row.getBoolean("machine_known")) {
            return new Creation.NoMachine();
        }
        return new Creation.Created(
                row.getLong("id"),
                row.getLong("pipeline_id"),
                row.getString("agent_type"),
                row.getOffsetDateTime("created_at"));
    }

    /** The task, if it exists and {@code viewer} may see it. */
    Optional<Task> find(long id, Viewer viewer) {
        var rows =
                database.query(
                        "reading a task",
                        FIND,
                        Tuple.of(viewer.everywhere(), viewer.developer(), id));
        return rows.size() == 0 ? Optional.empty() : Optional.of(task(rows.iterator().next()));
    }

    /** Whether {@link #find} would find it, without reading it. */
    boolean isVisible(long id, Viewer viewer) {
        var asked = Tuple.of(viewer.everywhere(), viewer.developer(), id);
        return database.query("asking who may see a task", IS_VISIBLE, asked).size() == 1;
    }

    /** Tasks {@code viewer} may see, newest first. */
    List<Task> list(
            Viewer viewer,
            @Nullable TaskState state,
            @Nullable String project,
            int limit,
            int offset) {
        var arguments =
                Tuple.of(
                        viewer.everywhere(),
                        viewer.developer(),
                        state == null ? null : state.name(),
                        project,
                        limit,
                        offset);
        var tasks = new ArrayList<Task>();
        database.query("listing tasks", LIST, arguments).forEach(row -> tasks.add(task(row)));
        return tasks;
    }

    /** Tasks {@code viewer} may see whose newest attempt the machine was given, newest first. */
    List<Task> listOfMachine(
            Viewer viewer, UUID machine, @Nullable TaskState state, int limit, int offset) {
        var arguments =
                Tuple.of(
                        viewer.everywhere(),
                        viewer.developer(),
                        machine,
                        state == null ? null : state.name(),
                        limit,
                        offset);
        var tasks = new ArrayList<Task>();
        database.query("listing a machine's tasks", LIST_OF_MACHINE, arguments)
                .forEach(row -> tasks.add(task(row)));
        return tasks;
    }

    boolean hasMachine(UUID machine) {
        return database.query("looking for a machine", HAS_MACHINE, Tuple.of(machine)).size() == 1;
    }

    /** How many tasks {@link #list} has without its limit. */
    long count(Viewer viewer, @Nullable TaskState state, @Nullable String project) {
        var arguments =
                Tuple.of(
                        viewer.everywhere(),
                        viewer.developer(),
                        state == null ? null : state.name(),
                        project);
        return database.query("counting tasks", COUNT, arguments).iterator().next().getLong(0);
    }

    private static Task task(Row row) {
        return new Task(
                row.getLong("id"),
                row.getString("project_key"),
                row.getString("description"),
                TaskState.valueOf(row.getString("state")),
                row.getString("reason"),
                row.getString("detail"),
                row.getInteger("attempt"),
                row.getInteger("stage"),
                row.getInteger("try"),
                row.getInteger("tries"),
                row.getUUID("machine_id"),
                row.getUUID("from_machine") == null
                        ? row.getUUID("pinned")
                        : row.getUUID("from_machine"),
                row.getString("agent_type"),
                row.getLong("pipeline_id"),
                row.getInteger("priority"),
                row.getOffsetDateTime("created_at"),
                new Task.Person(row.getLong("developer_id"), row.getString("developer")),
                row.getOffsetDateTime("started_at"),
                row.getOffsetDateTime("ended_at"),
                row.getJsonObject("work"),
                row.getInteger("from_stage"),
                row.getInteger("from_attempt"),
                row.getBoolean("lost"),
                gate(row),
                row.getBoolean("flagged"));
    }

    private static @Nullable OpenGate gate(Row row) {
        var id = row.getUUID("gate_id");
        return id == null
                ? null
                : new OpenGate(
                        id,
                        row.getInteger("gate_stage"),
                        row.getString("gate_kind"),
                        row.getJsonArray("gate_choices"),
                        row.getString("gate_fallback"),
                        row.getOffsetDateTime("gate_opened_at"),
                        row.getOffsetDateTime("gate_expires_at"));
    }
}
