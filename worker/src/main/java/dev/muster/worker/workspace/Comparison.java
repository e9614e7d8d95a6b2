package dev.muster.worker.workspace;

import dev.muster.protocol.question.Reply;
import dev.muster.protocol.question.WorkspacePath;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Compares a worktree with the commit it began with, for people who wait for it: as {@link
 * Inspection} does, but while an agent may be at work, and in seconds.
 */
final class Comparison {

    /** Who asks gives up by then. */
    private static final Duration LONGEST = Duration.ofSeconds(8);

    private static final Pattern COUNTS = Pattern.compile("(\\d{1,9})\\s+(\\d{1,9})");
    private static final int MOST_DIRTY = 200;

    /** Of their names; an answer has to fit into a message. */
    private static final int MOST_DIRTY_CHARACTERS = 64 * 1024;

    /** A larger file is told to differ, and not how: git would read all of it, and hold it. */
    private static final long LARGEST_COMPARED = 1024 * 1024;

    private static final int MOST_UNFIT = 200;
    private static final Pattern CONTROLS = Pattern.compile("\\p{Cntrl}");

    private final Git git;
    private final Inspection inspection;
    private final Places places;
    private final Path mirrors;

    Comparison(Git git, Inspection inspection, Places places, Path mirrors) {
        this.git = git;
        this.inspection = inspection;
        this.places = places;
        this.mirrors = mirrors;
    }

    /** The worktree of that name; nothing if it has no repository, or is being made. */
    Optional<Workspace.Worktree> worktree(String name) throws IOException {
        var repository = places.repository(name);
        if (!Checkout.isReal(repository)) {
            return Optional.empty();
        }
        return Origin.read(places.origin(name))
                .map(
                        origin ->
                                new Workspace.Worktree(
                                        places.tree(name),
                                        Map.of(),
                                        "muster/" + name,
                                        origin.base(),
                                        repository,
                                        mirrors.resolve(origin.mirror()).resolve("objects")));
    }

    /** What it has checked out now. */
    Optional<String> branch(Workspace.Worktree worktree) throws IOException {
        return Refs.branch(own(worktree));
    }

    /** How it differs; nothing if its own repository does not say where it is. */
    Optional<Reply.Git> git(Workspace.Worktree worktree) throws InterruptedException, IOException {
        var head = Refs.head(worktree.repository(), own(worktree));
        return head.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        inspection.inThrowAway(
                                worktree, head.get(), own -> git(own, worktree, head.get())));
    }

    private static Path own(Workspace.Worktree worktree) {
        return worktree.repository().resolve("worktrees").resolve(worktree.path().getFileName());
    }

    private Reply.Git git(Path own, Workspace.Worktree worktree, String head)
            throws InterruptedException, IOException {
        var base = worktree.base();
        int[] apart = head.equals(base) ? new int[2] : apart(own, base, head);
        inspection.readIndex(own, worktree, head, LONGEST);
        var status = git.run(Inspection.status(own, worktree).within(LONGEST));
        return dirty(base, head, apart, status);
    }

    /** Commits that only the one has, and that only the other has. */
    private int[] apart(Path own, String base, String head) throws InterruptedException {
        var call =
                GitCall.on(
                        own,
                        "count commits",
                        "rev-list",
                        "--left-right",
                        "--count",
                        base + "..." + head);
        var counts = COUNTS.matcher(git.run(call.within(LONGEST)).strip());
        if (!counts.matches()) {
            throw new WorkspaceFailure("git counted no commits.");
        }
        return new int[] {Integer.parseInt(counts.group(1)), Integer.parseInt(counts.group(2))};
    }

    private static Reply.Git dirty(String base, String head, int[] apart, String status) {
        var all = entries(status);
        var shown = new ArrayList<Reply.Dirty>();
        int characters = 0;
        for (var file : all) {
            characters += file.path().length();
            if (shown.size() == MOST_DIRTY || characters > MOST_DIRTY_CHARACTERS) {
                break;
            }
            shown.add(file);
        }
        return new Reply.Git(base, head, apart[1], apart[0], shown, all.size());
    }

    /** Each is {@code XY <path>} and ends with a NUL; the last may be cut off. */
    private static List<Reply.Dirty> entries(String status) {
        var entries = new ArrayList<Reply.Dirty>();
        for (int from = 0, to = status.indexOf('\0'); to >= 0; ) {
            entries.add(
                    new Reply.Dirty(
                            status.substring(from + 3, to), status.substring(from, from + 2)));
            from = to + 1;
            to = status.indexOf('\0', from);
        }
        return entries;
    }

    /** From the first commit to the files as they are, new ones too, but for those git ignores. */
    Reply diff(Workspace.Worktree worktree, WorkspacePath path)
            throws InterruptedException, IOException {
        var bytes =
                inspection.inThrowAway(worktree, worktree.base(), own -> diff(own, worktree, path));
        return new Reply.Diff(bytes, bytes.length >= Git.MOST_OUTPUT);
    }

    private byte[] diff(Path own, Workspace.Worktree worktree, WorkspacePath path)
            throws InterruptedException, IOException {
        inspection.readIndex(own, worktree, worktree.base(), LONGEST);
        var unfit = unfit(own, worktree);
        // names only, nothing is read: git then takes new files for changes too
        git.run(
                on(own, worktree, "look for new files", unfit, ":/")
                        .apply(List.of("add", "--intent-to-add")));
        var wanted = path.names().isEmpty() ? ":/" : ":(top,literal)" + path;
        var patch =
                git.bytes(
                        on(own, worktree, "compare files", unfit, wanted)
                                .apply(
                                        List.of(
                                                "diff",
                                                "--no-ext-diff",
                                                "--no-textconv",
                                                "--ignore-submodules=all",
                                                "--find-renames",
                                                "-l400",
                                                worktree.base())));
        return withNames(patch, unfit, path);
    }

    /** A call on some files, but not on those that are not fit for it. */
    private static Function<List<String>, GitCall> on(
            Path own,
            Workspace.Worktree worktree,
            String doing,
            List<String> unfit,
            String wanted) {
        return command -> {
            var arguments = new ArrayList<>(command);
            arguments.add("--");
            arguments.add(wanted);
            unfit.forEach(name -> arguments.add(":(exclude,top,literal)" + name));
            return GitCall.on(own, doing, arguments.toArray(String[]::new))
                    .withFiles(worktree.path())
                    .within(LONGEST);
        };
    }

    /**
     * Changed files that git would read for minutes, or not at all: large ones, pipes in the place
     * of files, and repositories of their own.
     */
    private List<String> unfit(Path own, Workspace.Worktree worktree)
            throws InterruptedException, IOException {
        var status =
                git.run(
                        GitCall.on(
                                        own,
                                        "look for changes",
                                        "status",
                                        "--porcelain",
                                        "-z",
                                        "--untracked-files=all",
                                        "--ignore-submodules=all",
                                        "--no-renames")
                                .withFiles(worktree.path())
                                .within(LONGEST));
        var unfit = new ArrayList<String>();
        for (var file : entries(status)) {
            if (isUnfit(worktree.path(), file.path())) {
                unfit.add(file.path());
            }
        }
        if (unfit.size() > MOST_UNFIT) {
            throw new WorkspaceFailure(
                    "More than " + MOST_UNFIT + " files in it are too large to be compared.");
        }
        return unfit;
    }

    private static boolean isUnfit(Path tree, String name) throws IOException {
        try {
            var file =
                    Files.readAttributes(
                            tree.resolve(name),
                            BasicFileAttributes.class,
                            LinkOption.NOFOLLOW_LINKS);
            return file.isRegularFile() ? file.size() > LARGEST_COMPARED : !file.isSymbolicLink();
        } catch (FileSystemException _) {
            return false; // deleted
        } catch (InvalidPathException _) {
            return true;
        }
    }

    private static byte[] withNames(byte[] patch, List<String> unfit, WorkspacePath path) {
        var names = new StringBuilder();
        for (var name : unfit) {
            var wanted = path.toString();
            if (wanted.isEmpty() || name.equals(wanted) || name.startsWith(wanted + "/")) {
                var shown = CONTROLS.matcher(name).replaceAll("?");
                names.append("Not compared, for its size or its kind: ").append(shown).append('\n');
            }
        }
        if (names.isEmpty()) {
            return patch;
        }
        var first = names.toString().getBytes(StandardCharsets.UTF_8);
        var all = Arrays.copyOf(first, Math.min(first.length + patch.length, Git.MOST_OUTPUT));
        if (all.length > first.length) {
            System.arraycopy(patch, 0, all, first.length, all.length - first.length);
        }
        return all;
    }
}
