package dev.muster.coordinator.project;

import dev.muster.coordinator.http.Caller.Person;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.project.ProjectStore.Project;

import java.util.Optional;

/** What a person may do with a project: members look, maintainers change, admins do both. */
public final class Rights {

    private Rights() {}

    /**
     * The project that was found, or a 404 if none was, or none that {@code person} may know of.
     */
    static Project seen(Optional<Project> found, String key, Person person) {
        return found.filter(project -> person.isAdmin() || project.role() != null)
                .orElseThrow(() -> unknown(key));
    }

    /** A 404: there is no such project, or none that one may know of. */
    public static Problem unknown(String key) {
        return Problem.notFound("There is no project '" + key + "'.");
    }

    /** The same, or a 403 for who may only look. */
    static Project maintained(Optional<Project> found, String key, Person person) {
        var project = seen(found, key, person);
        requireMaintainer(person.isAdmin() || "maintainer".equals(project.role()), key);
        return project;
    }

    /**
     * Lets only those change a project who look after it.
     *
     * @param isOne whether it is a maintainer or an admin who asks
     * @throws Problem 403 if not
     */
    public static void requireMaintainer(boolean isOne, String key) {
        if (!isOne) {
            throw Problem.forbidden(
                    "not_a_maintainer",
                    "Project '" + key + "' is looked after by its maintainers and by admins.");
        }
    }

    /** The same, or a 409 for one that was archived. */
    static Project open(Optional<Project> found, String key, Person person) {
        var project = maintained(found, key, person);
        requireOpen(project.archivedAt() != null, key);
        return project;
    }

    /**
     * Lets nobody change one that was archived.
     *
     * @throws Problem 409 if the project was archived
     */
    public static void requireOpen(boolean archived, String key) {
        if (archived) {
            throw Problem.conflict(
                    "project_archived", "Project '" + key + "' was archived; it stays as it is.");
        }
    }
}
