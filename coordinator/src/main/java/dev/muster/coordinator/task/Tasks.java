package dev.muster.coordinator.task;

import dev.muster.coordinator.db.Batch;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.DatabaseFailure;
import dev.muster.coordinator.http.Page;
import dev.muster.coordinator.http.Problem;
import dev.muster.protocol.task.TaskState;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What people may do with tasks. Thread-safe. */
public final class Tasks {

    private static final int MOST_AT_ONCE = 128;

    private final Database database;
    private final TaskStore store;
    private final EventStore events;
    private final AttemptStore attempts;
    private final Cancellation cancellation;
    private final RetryStore retries;
    private final Orders orders;
    private final Endings endings;
    private final Counter created;
    private final Counter retried;
    private final Runnable queued;
    private final Batch<NewTask, Creation> creations;

    /**
     * @param orders tells a machine to end what it runs
     * @param queued wakes the dispatcher
     */
    public Tasks(Database database, MeterRegistry registry, Orders orders, Runnable queued) {
        this.database = database;
        this.store = new TaskStore(database);
        this.events = new EventStore(database);
        this.attempts = new AttemptStore(database);
        this.cancellation = new Cancellation(database);
        this.retries = new RetryStore(database);
        this.orders = orders;
        this.endings = new Endings(registry);
        this.created =
                Counter.builder("muster.tasks")
                        .description("Tasks that people asked for")
                        .register(registry);
        this.retried =
                Counter.builder("muster.retries")
                        .description("Further attempts that people asked for")
                        .register(registry);
        this.queued = queued;
        this.creations = new Batch<>("creating tasks", MOST_AT_ONCE, Tasks::keyOf, store::create);
    }

    /** Two requests of one key cannot be told apart within one statement. */
    private static Object keyOf(NewTask task) {
        var request = task.request();
        return request == null ? new Object() : List.of(task.developer(), request.key());
    }

    /** Creates a task, unless it was; it is durable and queued when this returns. */
    Creation create(NewTask task) {
        var creation = created(task);
        if (creation instanceof Creation.Created) {
            created.increment();
            queued.run();
        }
        return creation;
    }

    private Creation created(NewTask task) {
        try {
            return database.await("creating a task", creations.submit(task));
        } catch (DatabaseFailure e) {
            if (e.violates("request_key_pkey")) {
                // another coordinator had the same request a moment before, and is done
                return database.await("creating a task", creations.submit(task));
            }
            throw e;
        }
    }

    /** The task, or a 404 for one that does not exist or that {@code viewer} may not see. */
    public Task get(long id, Viewer viewer) {
        return store.find(id, viewer)
                .orElseThrow(() -> Problem.notFound("There is no task #" + id + "."));
    }

    /** Whether there is such a task, and {@code viewer} may see it. */
    public boolean isVisible(long id, Viewer viewer) {
        return store.isVisible(id, viewer);
    }

    List<Task> list(
            Viewer viewer,
            Optional<TaskState> state,
            Optional<String> project,
            int limit,
            int offset) {
        return store.list(viewer, state.orElse(null), project.orElse(null), limit, offset);
    }

    /**
     * One more than the page holds tells whether there is more.
     *
     * @throws Problem 404 if there is no such machine
     */
    List<Task> ofMachine(Viewer viewer, UUID machine, Optional<TaskState> state, Page page) {
        if (!store.hasMachine(machine)) {
            throw Problem.notFound("There is no machine " + machine + ".");
        }
        return store.listOfMachine(
                viewer, machine, state.orElse(null), page.limitAndOne(), page.offset());
    }

    long count(Viewer viewer, Optional<TaskState> state, Optional<String> project) {
        return store.count(viewer, state.orElse(null), project.orElse(null));
    }

    List<EventStore.Event> events(
            long task, @Nullable String type, @Nullable String search, int limit, int offset) {
        return events.list(task, type, search, limit, offset);
    }

    /** The newest attempts of a task that machines were given, oldest first. */
    List<AttemptStore.Attempt> attempts(long task) {
        return attempts.list(task);
    }

    /** The number of the newest attempt of a task that {@code viewer} may see. */
    public int newestAttempt(long task, Viewer viewer) {
        return get(task, viewer).attempt();
    }

    /** Cancels a task that has not ended; a 403 for who may only look, a 409 for one that has. */
    Task cancel(long id, Viewer viewer) {
        var task = get(id, viewer);
        switch (cancellation.cancel(id, viewer)) {
            case Cancellation.Outcome.Cancelled(var running) -> running.ifPresent(this::stop);
            case Cancellation.Outcome.NotAllowed() ->
                    throw Problem.forbidden(
                            "not_your_task",
                            "Task #"
                                    + task.id()
                                    + " is cancelled by who created it, by maintainers of its"
                                    + " project and by admins.");
            case Cancellation.Outcome.Ended() -> {
                var state = get(id, viewer).state();
                throw Problem.conflict(
                        "task_ended",
                        "Task #"
                                + task.id()
                                + " is "
                                + state
                                + " already; it cannot be cancelled.");
            }
        }
        return get(id, viewer);
    }

    /**
     * Queues the next attempt of a task that failed or was cancelled; a 403 for who may only look,
     * a 409 in every other state, and when there is nothing to go on in.
     *
     * @param fromStage index of the stage with which it goes on in the workspace that is there;
     *     null for a new workspace and the first stage
     */
    Task retry(long id, Viewer viewer, @Nullable Integer fromStage) {
        var task = "Task #" + get(id, viewer).id();
        switch (retries.retry(id, viewer, fromStage)) {
            case RetryStore.Outcome.Queued() -> {
                retried.increment();
                database.whenCommitted(queued);
            }
            case RetryStore.Outcome.NotAllowed() ->
                    throw Problem.forbidden(
                            "not_your_task",
                            task
                                    + " is retried by who created it, by maintainers of its project"
                                    + " and by admins.");
            case RetryStore.Outcome.NotRetryable(var state) ->
                    throw Problem.conflict(
                            "not_retryable",
                            task
                                    + " is "
                                    + state
                                    + "; only what is FAILED or CANCELLED can be retried.");
            case RetryStore.Outcome.NoProject() ->
                    throw Problem.conflict(
                            "project_archived",
                            task + " belongs to a project that was archived; nothing runs there.");
            case RetryStore.Outcome.NoMachine() ->
                    throw Problem.conflict(
                            "machine_decommissioned",
                            task + " may only run on a machine that was decommissioned.");
            case RetryStore.Outcome.NoWorkspace() ->
                    throw Problem.conflict(
                            "no_workspace",
                            task + " has no workspace to go on in: no attempt of it began.");
            case RetryStore.Outcome.NotReached(int reached) ->
                    throw Problem.conflict(
                            "stage_not_reached",
                            task
                                    + " can go on with stage "
                                    + reached
                                    + " at the latest: further it did not get.");
        }
        return get(id, viewer);
    }

    private void stop(HeldLease running) {
        endings.attempts("CANCELLED", "cancelled", 1);
        orders.stop(running);
    }
}
