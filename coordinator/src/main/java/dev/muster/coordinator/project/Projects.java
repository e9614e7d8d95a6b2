package dev.muster.coordinator.project;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.Database.Transaction;
import dev.muster.coordinator.db.DatabaseFailure;
import dev.muster.coordinator.http.Caller.Person;
import dev.muster.coordinator.http.IfMatch;
import dev.muster.coordinator.http.Page;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.project.ProjectStore.Project;
import dev.muster.protocol.pipeline.Fault;
import dev.muster.protocol.pipeline.Pipeline;

import io.vertx.core.json.JsonObject;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What may be done with projects. Thread-safe. */
public final class Projects {

    private final Database database;
    private final ProjectStore store;

    public Projects(Database database) {
        this.database = database;
        this.store = new ProjectStore(database);
    }

    /** Creates a project, or names all that is wrong with the draft. */
    Project create(String key, Draft draft, Person by, Actor actor) {
        var faults = new ArrayList<Fault>();
        draft.checkRepository(faults);
        var pipeline = draft.readPipeline(faults);
        if (!faults.isEmpty()) {
            throw Problem.badRequest("invalid_project", faults.getFirst().message(), faults);
        }
        var settings = draft.settings(StagesJson.stored(pipeline));
        try {
            return store.create(key, settings, by, actor);
        } catch (DatabaseFailure e) {
            if (e.violates("project_key_key")) {
                throw Problem.conflict(
                        "project_key_taken", "There is, or was, a project '" + key + "' already.");
            }
            throw e;
        }
    }

    /** The project, or a 404 for one that does not exist or that {@code viewer} may not see. */
    Project get(String key, Person viewer) {
        return Rights.seen(store.find(key, viewer), key, viewer);
    }

    /**
     * Changes what {@code body} names of a project: what is null there is taken away, what is
     * absent stays. Tasks keep the pipeline they were created with; the next pass of the dispatcher
     * goes by the new limit.
     *
     * @throws Problem 412 if it is another version by now than {@code meant}
     */
    Project update(String key, JsonObject body, IfMatch meant, Person by, Actor actor) {
        return database.inTransaction(
                "changing a project",
                transaction -> update(transaction, key, body, meant, by, actor));
    }

    private static Project update(
            Transaction transaction,
            String key,
            JsonObject body,
            IfMatch meant,
            Person by,
            Actor actor) {
        var project = Rights.open(ProjectStore.lock(transaction, key, by), key, by);
        meant.require(project.version());
        var pipeline =
                Change.leavesPipeline(body)
                        ? Optional.<Pipeline>empty()
                        : ProjectStore.pipeline(transaction, project.pipeline());
        var change = Change.of(project, pipeline, body);
        return change.isNone()
                ? project
                : ProjectStore.update(transaction, project.id(), change, by, actor);
    }

    /**
     * Archives a project: its key stays taken and its tasks stay readable to admins, nobody is a
     * member of it, and it takes no task any more.
     *
     * @throws Problem 409 while tasks of it have not ended
     */
    void archive(String key, IfMatch meant, Person by, Actor actor) {
        database.inTransaction(
                "archiving a project",
                transaction -> {
                    ArchiveStore.lock(transaction, key);
                    var found = ProjectStore.find(transaction, key, by);
                    var project = Rights.open(found, key, by);
                    meant.require(project.version());
                    requireNothingRuns(transaction, project);
                    ArchiveStore.archive(transaction, project.id(), actor);
                    return project;
                });
    }

    private static void requireNothingRuns(Transaction transaction, Project project) {
        var unfinished = ArchiveStore.unfinished(transaction, project.id());
        if (unfinished > 0) {
            throw Problem.conflict(
                    "project_busy",
                    "Of project '"
                            + project.key()
                            + "' tasks have not ended yet: "
                            + unfinished
                            + ". Cancel them, or let them end.");
        }
    }

    /** The projects that {@code viewer} belongs to, admins to all; none that was archived. */
    List<Project> listOwn(Person viewer, Page page) {
        return store.list(viewer, viewer.isAdmin(), false, page.limit(), page.offset());
    }

    long countOwn(Person viewer) {
        return store.count(viewer, viewer.isAdmin(), false);
    }

    /**
     * All projects.
     *
     * @param archived whether the archived ones are meant, or the others
     */
    List<Project> listAll(Person viewer, boolean archived, Page page) {
        return store.list(viewer, true, archived, page.limit(), page.offset());
    }

    long countAll(Person viewer, boolean archived) {
        return store.count(viewer, true, archived);
    }
}
