package dev.muster.worker.run;

import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.Fact;
import dev.muster.worker.workspace.Workspace;
import dev.muster.worker.workspace.WorkspaceFailure;
import dev.muster.worker.workspace.Workspaces;

import org.jspecify.annotations.Nullable;

/**
 * An attempt's time in its workspace, which it lets go of with what came of it in the end: a
 * success that cannot be told is none. For one thread.
 */
final class Stay implements AutoCloseable {

    private final Workspaces workspaces;
    private @Nullable Workspace workspace;
    private boolean completed;

    Stay(Workspaces workspaces) {
        this.workspaces = workspaces;
    }

    /**
     * Makes the workspace.
     *
     * @throws WorkspaceFailure if there can be none, with a sentence for the task's owner
     */
    Workspace begin(Assignment assignment) throws InterruptedException {
        var made = workspaces.prepare(assignment);
        workspace = made;
        return made;
    }

    /** What the attempt tells in the end. */
    Fact endsWith(Fact outcome) {
        completed = outcome instanceof Fact.Succeeded;
        return outcome;
    }

    @Override
    public void close() {
        if (workspace != null) {
            workspaces.release(workspace, completed);
        }
    }
}
