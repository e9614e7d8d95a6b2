package dev.muster.coordinator.project;

import dev.muster.coordinator.http.Caller.Person;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.project.ProjectStore.Project;

import java.util.Optional;

/** What a person may do with a project: members look, maintainers change, admins do both. */
final class Rights {

    private Rights() {}

    /**
     * The project that was found, or a 404 if none was, or none that {@code person} may know of.
     */
    static Project seen(Optional<Project> found, String key, Person person) {
        return found.filter(project -> person.isAdmin() || project.role() != null)
                .orElseThrow(() -> Problem.notFound("There is no project '" + key + "'."));
    }

    /** The same, or a 403 for who may only look. */
    static Project maintained(Optional<Project> found, String key, Person person) {
        var project = seen(found, key, person);
        if (!person.isAdmin() && !"maintainer".equals(project.role())) {
            throw Problem.forbidden(
                    "not_a_maintainer",
                    "Project '" + key + "' is looked after by its maintainers and by admins.");
        }
        return project;
    }

    /** The same, or a 409 for one that was archived. */
    static Project open(Optional<Project> found, String key, Person person) {
        var project = maintained(found, key, person);
        if (project.archivedAt() != null) {
            throw Problem.conflict(
                    "project_archived", "Project '" + key + "' was archived; it stays as it is.");
        }
        return project;
    }
}
