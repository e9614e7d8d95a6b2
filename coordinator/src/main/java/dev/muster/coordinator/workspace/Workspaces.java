package dev.muster.coordinator.workspace;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.machine.Machines;
import dev.muster.coordinator.question.Questions;
import dev.muster.coordinator.task.Tasks;
import dev.muster.coordinator.task.Viewer;
import dev.muster.protocol.question.Question;
import dev.muster.protocol.question.Reply;

import java.time.Duration;
import java.util.Set;
import java.util.UUID;

/** Finds the machine that holds a workspace, and asks it. Thread-safe. */
public final class Workspaces {

    private static final Set<String> UNREACHABLE = Set.of("offline", "decommissioned");

    private final WorkspaceStore store;
    private final Tasks tasks;
    private final Machines machines;
    private final Questions questions;

    public Workspaces(Database database, Tasks tasks, Machines machines, Questions questions) {
        this.store = new WorkspaceStore(database);
        this.tasks = tasks;
        this.machines = machines;
        this.questions = questions;
    }

    /**
     * Where a task's workspace is.
     *
     * @throws Problem 404 if there is no such task or {@code viewer} may not see it, and 404 {@code
     *     no_workspace} if no machine was given it
     */
    public Place place(long task, Viewer viewer) {
        if (!tasks.isVisible(task, viewer)) {
            throw Problem.notFound("There is no task #" + task + ".");
        }
        return store.find(task)
                .orElseThrow(
                        () ->
                                Problem.of(
                                        404,
                                        "no_workspace",
                                        "Task #"
                                                + task
                                                + " has no workspace: no machine was given it"
                                                + " yet."));
    }

    /** The machine, as people see it. */
    Machines.Shown machine(UUID id) {
        return machines.shown(id);
    }

    /** Asks with the patience that people have. */
    public Reply ask(UUID machine, Question question) {
        return ask(machine, question, Questions.PATIENCE);
    }

    /**
     * Asks the machine.
     *
     * @throws Problem 409 {@code machine_offline} if it is known not to hear, 504 {@code
     *     machine_silent} if it does not answer
     */
    public Reply ask(UUID machine, Question question, Duration patience) {
        var shown = machines.shown(machine);
        if (UNREACHABLE.contains(shown.status())) {
            throw Problem.conflict(
                    "machine_offline",
                    "The machine " + shown.name() + " is " + shown.status() + ", and not asked.");
        }
        return questions.ask(machine, question, patience);
    }
}
