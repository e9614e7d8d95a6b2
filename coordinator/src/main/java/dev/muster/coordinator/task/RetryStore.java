package dev.muster.coordinator.task;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.Database.Transaction;
import dev.muster.protocol.task.TaskLifecycle;
import dev.muster.protocol.task.TaskState;
import dev.muster.protocol.task.Trigger;

import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.util.UUID;

/**
 * Makes the next attempt of a task that failed or was cancelled.
 *
 * <p>Nothing has to be told to the machine of the attempt before: its lease ended with it, so
 * whatever still arrives names an attempt and a fence that no lease has.
 */
final class RetryStore {

    /** What came of it. */
    sealed interface Outcome {
        /** It waits for a machine. */
        record Queued() implements Outcome {}

        /** The person may see it, and it is for others to retry. */
        record NotAllowed() implements Outcome {}

        /** A task in this state has no next attempt. */
        record NotRetryable(TaskState state) implements Outcome {}

        /** Its project was archived. */
        record NoProject() implements Outcome {}

        /** The one machine that may run it was decommissioned. */
        record NoMachine() implements Outcome {}

        /** There is nothing to go on in: no attempt of it began. */
        record NoWorkspace() implements Outcome {}

        /** The last attempt that began got to stage {@code reached} only. */
        record NotReached(int reached) implements Outcome {}
    }

    /**
     * Where the next attempt goes on: with stage {@code stage}, in the workspace of {@code
     * attempt}, which {@code machine} holds.
     */
    private record Place(int stage, int attempt, UUID machine) {}

    // The newest attempt that began. All before the stage it got to have succeeded, by itself or by
    // those it went on from. What it ran after one that failed was to clean up.
    private static final String BEGUN =
            """
            select coalesce(a.workspace, a.number) as attempt, a.machine_id,
                   coalesce(stage_failed(a.task_id, a.number), a.stage, 0) as stage,
                   m.status = 'decommissioned' as machine_gone
              from attempt a
              join machine m on m.id = a.machine_id
             where a.task_id = $1 and a.started_at is not null
             order by a.number desc
             limit 1
            """;

    // Of those who retry at once, each but the first waits here and then finds the task queued. The
    // project's key is shared with all but who archives it, and needs none of ours after that.
    private static final String LOCK =
            """
            select t.state, %s as allowed, p.archived_at is not null as archived,
                   exists (select 1 from machine m
                            where m.id = t.pinned and m.status = 'decommissioned') as machine_gone
              from task t
              join project p on p.id = t.project_id
             where t.id = $1
               for update of t
               for key share of p
            """
                    .formatted(Viewer.DECIDES);

    // Task before queue row, against the order of locks, and harmless: a task that has ended has
    // no queue row, and who would insert one has to lock the task first. The fence stays, so that
    // each grant of the task goes on to raise it.
    private static final String RETRY =
            """
            with retried as (
                update task t
                   set state = 'QUEUED', attempt = t.attempt + 1, stage = null, try = null, tries = null,
                       machine_id = null, reason = null, detail = null, lost_since = null, started_at = null,
                       ended_at = null, events = t.events + 1,
                       from_stage = $5, from_attempt = $6, from_machine = $7
                 where t.id = $1 and t.state = any($2)
                returning t.id, t.attempt, t.events, t.project_id, t.pipeline_id, t.priority,
                          coalesce(t.from_machine, t.pinned) as pinned
            ), queued as (
                insert into queue (task_id, project_id, priority, agent_type, pinned)
                select r.id, r.project_id, r.priority, l.agent_type, r.pinned
                  from retried r
                  join pipeline l on l.id = r.pipeline_id
            ), told as (
                insert into event (task_id, n, type, attempt, data)
                select id, events, 'state_change', attempt,
                       jsonb_build_object('from', $3::text, 'to', 'QUEUED') || $4
                  from retried
            )
            select note_act($8, 'task.retry', 'task', id::text,
                            jsonb_build_object('from', $3::text, 'attempt', attempt, 'fromStage', $5))
              from retried
            """;

    private final Database database;

    RetryStore(Database database) {
        this.database = database;
    }

    /**
     * Queues the next attempt in the name of {@code viewer}, who may see the task.
     *
     * @param fromStage index of the stage with which it goes on in the workspace that is there;
     *     null for a new workspace and the first stage
     */
    Outcome retry(long task, Viewer viewer, @Nullable Integer fromStage) {
        return database.inTransaction(
                "retrying a task", transaction -> retry(transaction, task, viewer, fromStage));
    }

    private static Outcome retry(
            Transaction transaction, long task, Viewer viewer, @Nullable Integer fromStage) {
        var asked = Tuple.of(task, viewer.developer(), viewer.everywhere());
        var row = transaction.query("locking a task", LOCK, asked).iterator().next();
        var before = TaskState.valueOf(row.getString("state"));
        if (!row.getBoolean("allowed")) {
            return new Outcome.NotAllowed();
        }
        if (TaskLifecycle.next(before, Trigger.RETRY).isEmpty()) {
            return new Outcome.NotRetryable(before);
        }
        if (row.getBoolean("archived")) {
            return new Outcome.NoProject();
        }
        if (row.getBoolean("machine_gone")) {
            return new Outcome.NoMachine();
        }
        if (fromStage == null) {
            queue(transaction, task, before, viewer, null);
            return new Outcome.Queued();
        }
        return goOn(transaction, task, before, viewer, fromStage);
    }

    private static Outcome goOn(
            Transaction transaction, long task, TaskState before, Viewer viewer, int fromStage) {
        var begun = transaction.query("looking for a workspace", BEGUN, Tuple.of(task));
        if (begun.size() == 0) {
            return new Outcome.NoWorkspace();
        }
        var row = begun.iterator().next();
        if (row.getBoolean("machine_gone")) {
            return new Outcome.NoMachine();
        }
        if (fromStage > row.getInteger("stage")) {
            return new Outcome.NotReached(row.getInteger("stage"));
        }
        var place = new Place(fromStage, row.getInteger("attempt"), row.getUUID("machine_id"));
        queue(transaction, task, before, viewer, place);
        return new Outcome.Queued();
    }

    private static void queue(
            Transaction transaction,
            long task,
            TaskState before,
            Viewer viewer,
            @Nullable Place place) {
        var by = viewer.json();
        var data = new JsonObject().put("by", by);
        if (place != null) {
            data.put("fromStage", place.stage())
                    .put("fromAttempt", place.attempt())
                    .put("machineId", place.machine().toString());
        }
        var arguments =
                Tuple.tuple()
                        .addValue(task)
                        .addValue(
                                TaskState.names(
                                        TaskLifecycle.sources(Trigger.RETRY, TaskState.QUEUED)))
                        .addValue(before.name())
                        .addValue(data)
                        .addValue(place == null ? null : place.stage())
                        .addValue(place == null ? null : place.attempt())
                        .addValue(place == null ? null : place.machine())
                        .addValue(viewer.actor().json());
        transaction.query("retrying a task", RETRY, arguments);
    }
}
