package dev.muster.worker.workspace;

import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Work;
import dev.muster.worker.WorkerConfig;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes, measures and removes the workspaces of attempts. Thread-safe; one attempt is in the hands
 * of one thread at a time.
 */
public final class Workspaces {

    private static final Logger log = LoggerFactory.getLogger(Workspaces.class);

    private final Path workspaces;
    private final Path repositories;
    private final Sources sources;
    private final Mirrors mirrors;
    private final Checkout checkout;
    private final Inspection inspection;
    private final InUse inUse = new InUse();

    private Workspaces(Path data, List<Path> localRepositories, String gitProgram)
            throws IOException {
        workspaces = privateDirectory(data.resolve("workspaces"));
        repositories = privateDirectory(data.resolve("repositories"));
        sources = new Sources(localRepositories, data);
        var git = new Git(gitProgram, privateDirectory(data.resolve("git-home")));
        mirrors = new Mirrors(git, privateDirectory(data.resolve("mirrors")));
        checkout = new Checkout(git, mirrors, workspaces, repositories);
        inspection = new Inspection(git, repositories);
    }

    /** Makes the directories it needs, and clears what a crash left half made. */
    public static Workspaces open(WorkerConfig config) {
        return open(config, "git");
    }

    static Workspaces open(WorkerConfig config, String gitProgram) {
        try {
            var data = privateDirectory(config.data()).toRealPath();
            var opened = new Workspaces(data, config.localRepositories(), gitProgram);
            opened.sweep();
            return opened;
        } catch (IOException e) {
            throw new WorkspaceFailure(
                    "The directories under " + config.data() + " could not be made.", e);
        }
    }

    /**
     * Makes the workspace of an attempt. What an earlier grant of the same attempt left is removed
     * first; what a failed or interrupted call began is removed at its end. An attempt that
     * continues another gets that one's, as it is, once nobody else has it.
     *
     * @throws WorkspaceMissing if there is none to go on in
     * @throws WorkspaceFailure if there can be none, with a sentence for the task's owner
     * @throws InterruptedException if this thread is interrupted
     */
    public Workspace prepare(Assignment assignment) throws InterruptedException {
        var identity = Identity.environment(assignment.gitName(), assignment.gitEmail());
        var continues = assignment.continues();
        var lease = assignment.lease();
        var name = name(lease, continues == null ? lease.attempt() : continues.attempt());
        if (continues == null) {
            inUse.take(name);
        } else {
            inUse.takeAlone(name);
        }
        boolean whole = false;
        try {
            var workspace =
                    continues == null
                            ? made(name, identity, assignment)
                            : found(name, identity, assignment);
            whole = true;
            return workspace;
        } catch (IOException e) {
            throw new WorkspaceFailure("The workspace " + name + " could not be made: " + e, e);
        } finally {
            if (!whole) {
                inUse.free(name);
            }
        }
    }

    private Workspace made(String name, Map<String, String> identity, Assignment what)
            throws InterruptedException, IOException {
        return what.repoUrl() == null
                ? new Workspace.Empty(emptyDirectory(name), identity)
                : prepareWorktree(name, identity, what);
    }

    private Workspace found(String name, Map<String, String> identity, Assignment what)
            throws IOException {
        if (what.repoUrl() != null) {
            return checkout.find(name, identity, sources.admit(what.repoUrl()));
        }
        if (!Checkout.isReal(workspaces.resolve(name))) {
            throw new WorkspaceMissing(
                    "The workspace " + name + " is not on this machine any more.");
        }
        return new Workspace.Empty(workspaces.resolve(name), identity);
    }

    /**
     * What the attempt left on its branch; nothing for a project without a repository. To be called
     * once its processes are gone.
     */
    public Optional<Work> work(Workspace workspace) throws InterruptedException {
        try {
            return switch (workspace) {
                case Workspace.Empty _ -> Optional.empty();
                case Workspace.Worktree worktree -> Optional.of(inspection.of(worktree));
            };
        } catch (IOException e) {
            throw new WorkspaceFailure(
                    "The workspace " + workspace.path() + " could not be read: " + e, e);
        }
    }

    /** Fingerprints of the repositories that attempts here start from without a whole fetch. */
    public List<String> mirrors() {
        return mirrors.fingerprints();
    }

    /**
     * Lets go of the workspace of an attempt that another may continue: it stays as it is, until
     * {@link #remove}.
     */
    public void keep(Workspace workspace) {
        inUse.free(name(workspace));
    }

    /**
     * Lets go of the workspace of an attempt that has done all there is to do. A directory that is
     * still empty goes at once; everything else stays for people to look at, until {@link #remove}.
     */
    public void release(Workspace workspace) {
        keep(workspace);
        try {
            if (workspace instanceof Workspace.Empty(var path, _)) {
                Files.delete(path);
            }
        } catch (DirectoryNotEmptyException | NoSuchFileException _) {
            // used, or cleared by the agent itself
        } catch (IOException e) {
            log.warn("empty workspace stayed path={} reason={}", workspace.path(), e.toString());
        }
    }

    /** Deletes the workspace with its branch and its private repository; fine if it is gone. */
    public void remove(Workspace workspace) {
        try {
            erase(name(workspace));
        } catch (IOException e) {
            throw new WorkspaceFailure(
                    "The workspace " + workspace.path() + " could not be removed: " + e, e);
        }
    }

    /**
     * The hot path: one system call. That mkdir made it, inside a root whose real path is known,
     * proves that it is empty, real and no link.
     */
    private Path emptyDirectory(String name) throws IOException {
        var path = workspaces.resolve(name);
        try {
            return Files.createDirectory(path);
        } catch (FileAlreadyExistsException _) {
            erase(name);
            return Files.createDirectory(path);
        }
    }

    private Workspace prepareWorktree(String name, Map<String, String> identity, Assignment what)
            throws InterruptedException, IOException {
        long began = System.nanoTime();
        var source = sources.admit(String.valueOf(what.repoUrl()));
        var branch = Optional.ofNullable(what.defaultBranch()).map(Sources::branch);
        erase(name);
        boolean whole = false;
        try {
            var made = checkout.make(name, identity, source, branch);
            whole = true;
            log.info(
                    "workspace made {} repository={} base={} ms={}",
                    what.lease(),
                    source.url(),
                    made.base(),
                    (System.nanoTime() - began) / 1_000_000);
            return made;
        } finally {
            if (!whole) {
                erase(name);
            }
        }
    }

    private void erase(String name) throws IOException {
        Erasure.erase(workspaces.resolve(name));
        Erasure.erase(repositories.resolve(name + ".git"));
        Erasure.erase(repositories.resolve(name + ".index"));
        Erasure.erase(repositories.resolve(name + ".origin"));
    }

    private void sweep() throws IOException {
        for (var root : List.of(workspaces, repositories)) {
            try (var leftovers = Files.newDirectoryStream(root, ".{inspect,erasing}-*")) {
                for (var leftover : leftovers) {
                    Erasure.erase(leftover);
                }
            }
        }
    }

    /** Made of numbers only, so it can be a directory, a branch and an argument. */
    private static String name(LeaseRef lease, int attempt) {
        return lease.task() + "-a" + attempt;
    }

    private static String name(Workspace workspace) {
        return String.valueOf(workspace.path().getFileName());
    }

    private static Path privateDirectory(Path path) throws IOException {
        Files.createDirectories(path);
        if (Files.getFileStore(path).supportsFileAttributeView("posix")) {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
        }
        return path.toRealPath();
    }
}
