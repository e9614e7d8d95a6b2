package dev.muster.worker.workspace;

import dev.muster.protocol.git.BranchName;
import dev.muster.protocol.message.GitToken;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes an attempt's private repository and the worktree of it. Cleaning up is the caller's. */
final class Checkout {

    /** A large tree on a slow disk. */
    private static final Duration LONGEST = Duration.ofMinutes(10);

    private static final String REMOTE = "refs/remotes/origin/";

    private final Git git;
    private final Mirrors mirrors;
    private final Places places;

    Checkout(Git git, Mirrors mirrors, Places places) {
        this.git = git;
        this.mirrors = mirrors;
        this.places = places;
    }

    /**
     * What a worktree is made from.
     *
     * @param branch where to start; the repository's own default if empty
     * @param token what the repository is shown, if it asks
     */
    record Start(Source source, Optional<BranchName> branch, Optional<GitToken> token) {}

    /** Fetches, and makes the worktree from what was fetched. */
    Workspace.Worktree make(String name, Map<String, String> identity, Start from)
            throws InterruptedException, IOException {
        var source = from.source();
        var mirror = mirrors.of(source);
        mirror.refresh(from.token());
        mirrors.fetched(source);
        var start =
                from.branch().isPresent()
                        ? from.branch().get()
                        : mirror.defaultBranch(from.token());
        var repository = places.repository(name);
        var base = makeRepository(repository, mirror, source, start);
        var worktree =
                new Workspace.Worktree(
                        places.tree(name),
                        identity,
                        "muster/" + name,
                        base,
                        repository,
                        mirror.objects());
        addWorktree(worktree);
        new Origin(base, source.mirrorName()).write(places.origin(name));
        return worktree;
    }

    /**
     * Finds what {@link #make} made by this name, as the agent left it.
     *
     * @throws WorkspaceMissing if it is not there, or was made from something else
     */
    Workspace.Worktree find(String name, Map<String, String> identity, Source source)
            throws IOException {
        var path = places.tree(name);
        var repository = places.repository(name);
        var objects = mirrors.of(source).objects();
        var origin = Origin.read(places.origin(name));
        if (!isReal(path) || !isReal(repository) || !isReal(objects) || origin.isEmpty()) {
            throw new WorkspaceMissing(
                    "The workspace " + name + " is not on this machine any more.");
        }
        if (!origin.get().mirror().equals(source.mirrorName())) {
            throw new WorkspaceMissing(
                    "The workspace " + name + " was made from another repository.");
        }
        return new Workspace.Worktree(
                path, identity, "muster/" + name, origin.get().base(), repository, objects);
    }

    /** Whether it is a directory, and no link to one. */
    static boolean isReal(Path path) throws IOException {
        return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS) && path.toRealPath().equals(path);
    }

    /**
     * The refs are one copy of the mirror's file, so base and refs agree whoever fetches meanwhile.
     */
    private static String makeRepository(Path at, Mirror mirror, Source source, BranchName branch)
            throws IOException {
        var config = BareRepository.attemptConfig(source.url());
        BareRepository.create(at, "ref: refs/heads/none", config, List.of(mirror.objects()));
        var refs = at.resolve("packed-refs");
        // a repository without any branch has no such file
        if (Files.exists(mirror.packedRefs())) {
            Files.copy(mirror.packedRefs(), refs);
        }
        var base = Refs.findPacked(refs, REMOTE + branch);
        if (base.isEmpty()) {
            throw new WorkspaceFailure(
                    "The repository " + source.url() + " has no branch \"" + branch + "\".");
        }
        Files.createDirectories(at.resolve(REMOTE));
        Files.writeString(at.resolve(REMOTE + "HEAD"), "ref: " + REMOTE + branch + "\n");
        return base.get();
    }

    private void addWorktree(Workspace.Worktree worktree) throws InterruptedException, IOException {
        var path = worktree.path();
        git.run(
                GitCall.on(
                                worktree.repository(),
                                "check out " + worktree.base(),
                                "worktree",
                                "add",
                                "--quiet",
                                "--no-track",
                                "-b",
                                worktree.branch(),
                                "--",
                                path.toString(),
                                worktree.base())
                        .within(LONGEST));
        if (!path.toRealPath().equals(path)) {
            throw new WorkspaceFailure("The workspace " + path + " is not where it was made.");
        }
        var own = worktree.repository().resolve("worktrees").resolve(path.getFileName());
        Files.copy(own.resolve("index"), worktree.firstIndex(), StandardCopyOption.COPY_ATTRIBUTES);
    }
}
