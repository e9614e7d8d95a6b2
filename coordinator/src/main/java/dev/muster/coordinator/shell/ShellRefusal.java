package dev.muster.coordinator.shell;

import dev.muster.coordinator.http.Problem;

/** Why somebody gets no shell, wherever they ask. */
public final class ShellRefusal {

    private ShellRefusal() {}

    /** 403: the task is seen, and its project does not let who asks use shells. */
    public static Problem notAllowed(long task) {
        return Problem.forbidden(
                "shells_not_allowed",
                "The project of task #" + task + " does not let you use shells.");
    }

    /** 404: the task never had a shell of this name. */
    public static Problem unknown(long task, String name) {
        return Problem.of(404, "no_such_shell", "Task #" + task + " has no shell " + name + ".");
    }
}
