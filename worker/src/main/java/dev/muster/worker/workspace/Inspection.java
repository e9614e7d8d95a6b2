package dev.muster.worker.workspace;

import dev.muster.protocol.message.Work;
import dev.muster.worker.user.RunAs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Measures what an attempt left, without trusting anything it could have written.
 *
 * <p>git runs in a throw-away repository made here: own config, no hooks, no info files, objects
 * borrowed from the attempt and the mirror. A clean filter, textconv, external diff, alias or file
 * system monitor that an agent configured is thus unknown, even where its {@code .gitattributes}
 * asks for it, and nested repositories are not entered. The index is the one checkout wrote, so
 * that files nobody touched need not be read again.
 */
final class Inspection {

    /** Begins the name of what a crash may leave behind; swept when the daemon starts. */
    static final String PREFIX = ".inspect-";

    static final Duration LONGEST = Duration.ofMinutes(2);
    private static final Pattern COUNT = Pattern.compile("(\\d{1,9}) (file|insertion|deletion)");

    private final Git git;
    private final Path root;
    private final Optional<RunAs> user;

    /**
     * @param git with the rights of {@code user}
     * @param root where throw-away repositories are made
     */
    Inspection(Git git, Path root, Optional<RunAs> user) {
        this.git = git;
        this.root = root;
        this.user = user;
    }

    Work of(Workspace.Worktree worktree) throws InterruptedException, IOException {
        // a link in its place would have git walk whatever it points at
        if (!Checkout.isReal(worktree.path())) {
            throw new WorkspaceFailure("The workspace " + worktree.path() + " was moved away.");
        }
        var head =
                Refs.find(worktree.repository(), "refs/heads/" + worktree.branch())
                        .orElseThrow(
                                () ->
                                        new WorkspaceFailure(
                                                "The branch "
                                                        + worktree.branch()
                                                        + " is gone from its workspace."));
        return inThrowAway(worktree, head, own -> measure(own, worktree, head));
    }

    /**
     * Whether files differ from commit {@code base} of {@code worktree}; one that is not where it
     * was made counts as different.
     */
    boolean isDirty(Workspace.Worktree worktree) throws InterruptedException, IOException {
        return !Checkout.isReal(worktree.path())
                || inThrowAway(
                        worktree, worktree.base(), own -> isDirty(own, worktree, worktree.base()));
    }

    /** What is asked of a throw-away repository. */
    @FunctionalInterface
    interface Question<T> {
        T ask(Path repository) throws InterruptedException, IOException;
    }

    /** Asks a repository of our own that borrows the objects of {@code worktree}. */
    <T> T inThrowAway(Workspace.Worktree worktree, String head, Question<T> question)
            throws InterruptedException, IOException {
        var own = Files.createTempDirectory(root, PREFIX);
        try {
            var borrowed =
                    List.of(worktree.repository().resolve("objects"), worktree.mirrorObjects());
            BareRepository.create(own, head, BareRepository.PLAIN_CONFIG, borrowed);
            if (user.isPresent()) {
                user.get().give(own);
            }
            return question.ask(own);
        } finally {
            Erasure.erase(own);
        }
    }

    private Work measure(Path own, Workspace.Worktree worktree, String head)
            throws InterruptedException, IOException {
        var base = worktree.base();
        int commits = head.equals(base) ? 0 : commits(own, base, head);
        int[] changes = head.equals(base) ? new int[3] : changes(own, base, head);
        boolean dirty = isDirty(own, worktree, head);
        return new Work(
                worktree.branch(), base, head, commits, changes[0], changes[1], changes[2], dirty);
    }

    private int commits(Path own, String base, String head) throws InterruptedException {
        var count =
                git.run(
                        GitCall.on(own, "count commits", "rev-list", "--count", base + ".." + head)
                                .within(LONGEST));
        return (int) Math.min(Integer.MAX_VALUE, Long.parseLong(count.strip()));
    }

    /** Files, insertions, deletions. */
    private int[] changes(Path own, String base, String head) throws InterruptedException {
        var line =
                git.run(
                        GitCall.on(
                                        own,
                                        "compare commits",
                                        "diff-tree",
                                        "-r",
                                        "--shortstat",
                                        "--no-ext-diff",
                                        "--no-textconv",
                                        "--find-renames",
                                        "-l400",
                                        base,
                                        head)
                                .within(LONGEST));
        var changes = new int[3];
        var count = COUNT.matcher(line);
        while (count.find()) {
            int place =
                    switch (count.group(2)) {
                        case "file" -> 0;
                        case "insertion" -> 1;
                        default -> 2;
                    };
            changes[place] = Integer.parseInt(count.group(1));
        }
        return changes;
    }

    private boolean isDirty(Path own, Workspace.Worktree worktree, String head)
            throws InterruptedException, IOException {
        readIndex(own, worktree, head, LONGEST);
        return !git.run(status(own, worktree).within(LONGEST)).isEmpty();
    }

    /** Gives a throw-away repository the index of commit {@code head}. */
    void readIndex(Path own, Workspace.Worktree worktree, String head, Duration longest)
            throws InterruptedException, IOException {
        var index = own.resolve("index");
        boolean hasFirst = Files.isRegularFile(worktree.firstIndex(), LinkOption.NOFOLLOW_LINKS);
        if (hasFirst) {
            Files.copy(worktree.firstIndex(), index, StandardCopyOption.COPY_ATTRIBUTES);
        }
        git.run(
                GitCall.on(own, "read the last commit", "read-tree", "-m", "-i", head)
                        .withFiles(worktree.path())
                        .within(longest));
        if (hasFirst) {
            // git trusts a file's own time only if it is older than the index, and reading the
            // commit made the index younger than files that changed within the second of checkout
            Files.getFileAttributeView(
                            index, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                    .setTimes(Files.getLastModifiedTime(worktree.firstIndex()), null, null);
        }
    }

    /** Tells each file that differs from the index, with git's two letters for it. */
    static GitCall status(Path own, Workspace.Worktree worktree) {
        return GitCall.on(
                        own,
                        "look for uncommitted changes",
                        "status",
                        "--porcelain",
                        "-z",
                        "--untracked-files=normal",
                        "--ignore-submodules=all",
                        "--no-renames")
                .withFiles(worktree.path());
    }
}
