package dev.muster.worker.workspace;

import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Work;
import dev.muster.protocol.question.Question;
import dev.muster.worker.WorkerConfig;
import dev.muster.worker.user.RunAs;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes, measures and removes the workspaces of attempts. Thread-safe; one attempt is in the hands
 * of one thread at a time.
 */
public final class Workspaces implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Workspaces.class);

    private static final String PRIVATE = "rwx------";

    /** Whoever knows a name in it may go on from there. */
    private static final String PASSAGE = "rwx--x--x";

    private final Places places;
    private final Optional<RunAs> user;
    private final InstantSource clock;
    private final Sources sources;
    private final Mirrors mirrors;
    private final Checkout checkout;
    private final Inspection inspection;
    private final Occupancy occupancy = new Occupancy();
    private final Guests guests = new Guests();
    private final Comparison comparison;
    private final Upkeep upkeep;
    private final Looks looks;
    private final Pushes pushes;

    private Workspaces(
            WorkerConfig config, Optional<RunAs> user, InstantSource clock, String gitProgram)
            throws IOException {
        var shared = user.isPresent() ? PASSAGE : PRIVATE;
        var data = directory(config.data(), shared);
        places =
                new Places(
                        directory(data.resolve("workspaces"), shared),
                        directory(data.resolve("repositories"), shared),
                        directory(data.resolve("kept"), PRIVATE));
        this.user = user;
        this.clock = clock;
        sources = new Sources(config.localRepositories(), data);
        var git = new Git(gitProgram, directory(data.resolve("git-home"), PRIVATE));
        var mirrored = directory(data.resolve("mirrors"), shared);
        mirrors = new Mirrors(git, mirrored);
        checkout = new Checkout(git, mirrors, places);
        var careful = user.map(git::as).orElse(git);
        inspection = new Inspection(careful, places.repositories(), user);
        var leftovers = new Leftovers(careful, inspection, places, mirrored);
        var stays = new Upkeep.Stays(occupancy, guests);
        upkeep = new Upkeep(places, stays, leftovers::holdWork, config.disk(), clock);
        comparison = new Comparison(careful, inspection, places, mirrored);
        looks =
                new Looks(
                        places,
                        occupancy,
                        comparison,
                        new Browsing(places.workspaces(), user),
                        upkeep::keptUntil);
        pushes =
                new Pushes(
                        git,
                        careful,
                        inspection,
                        new Remote(git, sources),
                        directory(data.resolve("pushes"), PRIVATE));
    }

    /**
     * Makes the directories it needs, and clears what a crash left half made.
     *
     * @param user whose the workspaces are; the daemon's own if empty
     * @param clock by which workspaces grow old
     */
    public static Workspaces open(WorkerConfig config, Optional<RunAs> user, InstantSource clock) {
        return open(config, user, clock, "git");
    }

    static Workspaces open(
            WorkerConfig config, Optional<RunAs> user, InstantSource clock, String gitProgram) {
        try {
            var opened = new Workspaces(config, user, clock, gitProgram);
            opened.sweep();
            opened.pushes.open();
            return opened;
        } catch (IOException e) {
            throw new WorkspaceFailure(
                    "The directories under " + config.data() + " could not be made.", e);
        }
    }

    /**
     * Makes the workspace of an attempt. What an earlier grant of the same attempt left is removed
     * first; what a failed or interrupted call began is removed at its end. An attempt that
     * continues another gets that one's, as it is, once nobody else has it. Guests of it are sent
     * away first.
     *
     * @throws WorkspaceMissing if there is none to go on in
     * @throws WorkspaceFailure if there can be none, with a sentence for the task's owner
     * @throws InterruptedException if this thread is interrupted
     */
    public Workspace prepare(Assignment assignment) throws InterruptedException {
        var continues = assignment.continues();
        var lease = assignment.lease();
        var name = name(lease, continues == null ? lease.attempt() : continues.attempt());
        if (continues == null) {
            occupancy.enter(name);
        } else {
            occupancy.enterAlone(name);
        }
        boolean whole = false;
        try (var shut = guests.shut(name, "workspace_reused")) {
            if (!shut.isEmpty()) {
                throw new IOException("processes of a shell that was ended live on");
            }
            var workspace = continues == null ? made(name, assignment) : found(name, assignment);
            whole = true;
            return workspace;
        } catch (IOException e) {
            throw new WorkspaceFailure("The workspace " + name + " could not be made: " + e, e);
        } finally {
            if (!whole) {
                occupancy.leave(name);
            }
        }
    }

    private Workspace made(String name, Assignment what) throws InterruptedException, IOException {
        var made =
                what.repoUrl() == null
                        ? new Workspace.Empty(emptyDirectory(name), identity(what))
                        : prepareWorktree(name, identity(what), what);
        handOver(name, made);
        return made;
    }

    private void handOver(String name, Workspace workspace) throws IOException {
        if (user.isEmpty()) {
            return;
        }
        try {
            for (var tree : trees(workspace)) {
                user.get().give(tree);
            }
        } catch (IOException e) {
            places.erase(name);
            throw e;
        }
    }

    /** What is in the hands of whoever works in it. */
    private static List<Path> trees(Workspace workspace) {
        return switch (workspace) {
            case Workspace.Empty(var path, _) -> List.of(path);
            case Workspace.Worktree worktree -> List.of(worktree.path(), worktree.repository());
        };
    }

    private Workspace found(String name, Assignment what) throws IOException {
        var found =
                what.repoUrl() == null
                        ? new Workspace.Empty(foundDirectory(name), identity(what))
                        : checkout.find(name, identity(what), sources.admit(what.repoUrl()));
        for (var tree : trees(found)) {
            // made before the daemon was told to run attempts as this user
            if (user.isPresent() && !user.get().owns(tree)) {
                throw new WorkspaceMissing(
                        "The workspace " + name + " does not belong to " + user.get() + ".");
            }
        }
        // if the daemon dies with it, its time counts from then, not from its former end
        Files.deleteIfExists(places.ending(name));
        return found;
    }

    private Path foundDirectory(String name) throws IOException {
        if (!Checkout.isReal(places.tree(name))) {
            throw new WorkspaceMissing(
                    "The workspace " + name + " is not on this machine any more.");
        }
        return places.tree(name);
    }

    private static Map<String, String> identity(Assignment what) {
        return Identity.environment(what.gitName(), what.gitEmail());
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

    /** What attempts push in the end, and what of it is not settled. */
    public Pushes pushes() {
        return pushes;
    }

    /** What people may see of workspaces, while an attempt runs in one and afterwards. */
    public Looks looks() {
        return looks;
    }

    /**
     * Lets somebody into the workspace of an attempt, whether or not that runs; it is not removed
     * before they have left, which they may be told to.
     *
     * @param person by whom commits made in it are
     * @throws WorkspaceMissing if it is not there
     * @throws WorkspaceFailure if it is just being made or removed, with a sentence
     */
    public Workspace visit(
            long task, int attempt, Question.OpenShell.Committer person, Guest guest) {
        var name = Places.name(task, attempt);
        if (!guests.enter(name, guest)) {
            throw busy(name);
        }
        if (!occupancy.lookIn(name)) {
            guests.left(name, guest);
            throw busy(name);
        }
        boolean entered = false;
        try {
            var workspace = visited(name, Identity.environment(person.name(), person.email()));
            entered = true;
            return workspace;
        } catch (IOException e) {
            throw new WorkspaceFailure("The workspace " + name + " could not be entered: " + e, e);
        } finally {
            if (!entered) {
                leave(task, attempt, guest);
            }
        }
    }

    private static WorkspaceFailure busy(String name) {
        return new WorkspaceFailure(
                "The workspace " + name + " is just being made or removed; ask again shortly.");
    }

    private Workspace visited(String name, Map<String, String> identity) throws IOException {
        var path = foundDirectory(name);
        if (user.isPresent() && !user.get().owns(path)) {
            throw new WorkspaceMissing(
                    "The workspace " + name + " does not belong to " + user.get() + ".");
        }
        return comparison
                .worktree(name)
                .<Workspace>map(
                        worktree ->
                                new Workspace.Worktree(
                                        path,
                                        identity,
                                        worktree.branch(),
                                        worktree.base(),
                                        worktree.repository(),
                                        worktree.mirrorObjects()))
                .orElseGet(() -> new Workspace.Empty(path, identity));
    }

    /** A guest has left. */
    public void leave(long task, int attempt, Guest guest) {
        var name = Places.name(task, attempt);
        occupancy.lookAway(name);
        guests.left(name, guest);
    }

    /** Tells guests of the workspace of an attempt to leave; returns at once. */
    public void sendAway(long task, int attempt, String why) {
        guests.sendAway(Places.name(task, attempt), why);
    }

    /** Sends all guests away and lets none in any more; bounded. */
    @Override
    public void close() {
        try {
            guests.close("worker_stopped");
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Lets go of the workspace of an ended attempt. What a completed one left empty goes at once;
     * everything else stays, for people to look at and for another attempt to go on in, until
     * {@link #remove} or {@link #tidy}.
     *
     * @param completed whether the attempt succeeded
     */
    public void release(Workspace workspace, boolean completed) {
        var name = name(workspace);
        try {
            switch (workspace) {
                case Workspace.Empty(var path, _) -> {
                    if (!completed || guests.areIn(name) || !isDeletedEmpty(path)) {
                        new Ending(completed, clock.instant(), Optional.empty())
                                .write(places.ending(name));
                    }
                }
                case Workspace.Worktree worktree ->
                        new Ending(completed, clock.instant(), Optional.of(mirrorName(worktree)))
                                .write(places.ending(name));
            }
        } catch (IOException e) {
            // upkeep finds it, and takes it for a failure
            log.warn("end of workspace not noted name={} reason={}", name, e.toString());
        } finally {
            occupancy.leave(name);
        }
    }

    private static boolean isDeletedEmpty(Path path) throws IOException {
        try {
            return Files.deleteIfExists(path) || !Files.exists(path, LinkOption.NOFOLLOW_LINKS);
        } catch (DirectoryNotEmptyException _) {
            return false;
        }
    }

    private static String mirrorName(Workspace.Worktree worktree) {
        return String.valueOf(worktree.mirrorObjects().getParent().getFileName());
    }

    /**
     * Removes workspaces of ended attempts whose time is over or that take too much of the disk,
     * and packs mirrors that need it. Blocks for as long as that takes.
     *
     * @throws InterruptedException if this thread is interrupted
     */
    public void tidy() throws InterruptedException {
        upkeep.runOnce();
        mirrors.repack();
    }

    /** Deletes the workspace with its branch and its private repository; fine if it is gone. */
    public void remove(Workspace workspace) {
        try {
            places.erase(name(workspace));
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
        var path = places.tree(name);
        try {
            return Files.createDirectory(path);
        } catch (FileAlreadyExistsException _) {
            places.erase(name);
            return Files.createDirectory(path);
        }
    }

    private Workspace prepareWorktree(String name, Map<String, String> identity, Assignment what)
            throws InterruptedException, IOException {
        long began = System.nanoTime();
        var source = sources.admit(String.valueOf(what.repoUrl()));
        var branch = Optional.ofNullable(what.defaultBranch()).map(Sources::branch);
        var token =
                Optional.ofNullable(what.provision().gitToken())
                        .filter(_ -> source.transport() == Transport.HTTPS);
        places.erase(name);
        boolean whole = false;
        try {
            var made = checkout.make(name, identity, new Checkout.Start(source, branch, token));
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
                places.erase(name);
            }
        }
    }

    private void sweep() throws IOException {
        for (var root : List.of(places.workspaces(), places.repositories(), places.kept())) {
            try (var leftovers = Files.newDirectoryStream(root, ".{inspect,erasing,new}-*")) {
                for (var leftover : leftovers) {
                    Erasure.erase(leftover);
                }
            }
        }
    }

    /** Made of numbers only, so it can be a directory, a branch and an argument. */
    private static String name(LeaseRef lease, int attempt) {
        return Places.name(lease.task(), attempt);
    }

    private static String name(Workspace workspace) {
        return String.valueOf(workspace.path().getFileName());
    }

    private static Path directory(Path path, String permissions) throws IOException {
        Files.createDirectories(path);
        if (Files.getFileStore(path).supportsFileAttributeView("posix")) {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
        }
        return path.toRealPath();
    }
}
