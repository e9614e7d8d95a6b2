package dev.muster.worker.workspace;

import dev.muster.protocol.git.BranchName;
import dev.muster.protocol.git.RepositoryUrl;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Says which repositories this machine fetches from.
 *
 * @param allowed the operator's directories of local repositories
 * @param data the daemon's own directory, whose repositories belong to other tasks
 */
record Sources(List<Path> allowed, Path data) {

    /** Reads an address from an assignment, or fails with the sentence that says why not. */
    Source admit(String address) {
        return switch (parse(address)) {
            case RepositoryUrl.Https(var url) -> new Source(url, Transport.HTTPS);
            case RepositoryUrl.Ssh(var url) -> new Source(url, Transport.SSH);
            case RepositoryUrl.Local(var path) ->
                    new Source(admitPath(path).toString(), Transport.LOCAL);
        };
    }

    /** Reads a branch name from an assignment, in the same way. */
    static BranchName branch(String name) {
        try {
            return new BranchName(name);
        } catch (IllegalArgumentException e) {
            throw new WorkspaceFailure(String.valueOf(e.getMessage()));
        }
    }

    private static RepositoryUrl parse(String address) {
        try {
            return RepositoryUrl.parse(address);
        } catch (IllegalArgumentException e) {
            throw new WorkspaceFailure(String.valueOf(e.getMessage()));
        }
    }

    /** The real path, so that no link leads out of what the operator allowed. */
    private Path admitPath(String path) {
        try {
            var real = Path.of(path).toRealPath();
            if (Files.isDirectory(real) && !real.startsWith(data) && insideAllowed(real)) {
                return real;
            }
        } catch (IOException | IllegalArgumentException _) {
            // absent and forbidden sound alike, so that nobody can ask which paths exist
        }
        throw new WorkspaceFailure(
                "The repository "
                        + path
                        + " is not in a directory that this machine's operator lists under local"
                        + " repositories.");
    }

    private boolean insideAllowed(Path real) throws IOException {
        for (var directory : allowed) {
            // resolved at each use: it may be mounted after the daemon started
            if (Files.isDirectory(directory) && real.startsWith(directory.toRealPath())) {
                return true;
            }
        }
        return false;
    }
}
