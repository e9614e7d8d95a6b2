package dev.muster.worker.workspace;

import java.nio.file.Path;
import java.util.Map;

/** A directory made for one attempt. */
public sealed interface Workspace {

    /** Where the agent runs; a real path. */
    Path path();

    /** Variables for every process of the attempt: whom commits are by. */
    Map<String, String> environment();

    /** For a project without a repository; empty at first. */
    record Empty(Path path, Map<String, String> environment) implements Workspace {
        public Empty {
            environment = Map.copyOf(environment);
        }
    }

    /**
     * For a project with a repository.
     *
     * @param branch {@code muster/<task>-a<attempt>}, checked out in it
     * @param base commit the branch started from, in hex
     * @param repository the attempt's private repository, in which the agent may have changed all
     * @param mirrorObjects where its objects are borrowed from
     */
    record Worktree(
            Path path,
            Map<String, String> environment,
            String branch,
            String base,
            Path repository,
            Path mirrorObjects)
            implements Workspace {
        public Worktree {
            environment = Map.copyOf(environment);
        }

        /** The index as checkout wrote it, kept apart from the one the agent's git uses. */
        Path firstIndex() {
            return repository.resolveSibling(path.getFileName() + ".index");
        }
    }
}
