package dev.muster.worker.workspace;

import dev.muster.protocol.git.BranchName;
import dev.muster.protocol.message.GitToken;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * This machine's copy of one repository: objects, and refs under the names a clone would give them.
 *
 * <p>Thread-safe. A mirror that exists under its name has been fetched whole at least once, since a
 * new one is made under another name and then renamed.
 */
final class Mirror {

    private static final Logger log = LoggerFactory.getLogger(Mirror.class);

    /** A large repository over a slow line. */
    private static final Duration LONGEST_FETCH = Duration.ofMinutes(15);

    private static final int MOST_LOOSE = 6_700;

    private static final Pattern HEAD =
            Pattern.compile("^ref: refs/heads/(\\S+)\tHEAD$", Pattern.MULTILINE);

    private final Git git;
    private final Source source;
    private final Path path;

    private final ReentrantLock fetching = new ReentrantLock();
    private final AtomicLong started = new AtomicLong();
    private Ended last = new Ended(0, Optional.empty(), Optional.empty()); // guarded by fetching

    /** How a fetch with a token ended, and which it was, counted from 1. */
    private record Ended(long number, Optional<GitToken> token, Optional<GitFailure> failure) {}

    Mirror(Git git, Source source, Path path) {
        this.git = git;
        this.source = source;
        this.path = path;
    }

    Path objects() {
        return path.resolve("objects");
    }

    /** All refs in one file, replaced as a whole by each fetch. */
    Path packedRefs() {
        return path.resolve("packed-refs");
    }

    /**
     * Brings the mirror up to date with what the repository held when this was called.
     *
     * <p>Of many callers at once, one fetches and the others share how it ended: a fetch that
     * started after a caller asked has seen all that caller may expect. Only those with the same
     * token: what one may read says nothing of another.
     */
    void refresh(Optional<GitToken> token) throws InterruptedException, IOException {
        long before = started.get();
        fetching.lockInterruptibly();
        try {
            if (last.number() > before && last.token().equals(token)) {
                if (last.failure().isPresent()) {
                    throw new GitFailure(last.failure().get());
                }
                return;
            }
            long number = started.incrementAndGet();
            try {
                fetch(token);
                last = new Ended(number, token, Optional.empty());
            } catch (GitFailure e) {
                last = new Ended(number, token, Optional.of(e));
                throw e;
            }
        } finally {
            fetching.unlock();
        }
    }

    /**
     * Packs anew what many fetches left in pieces. Keeps every object, reachable or not, since
     * private repositories stand on them. Nothing while a fetch is under way; one that comes
     * meanwhile waits.
     *
     * @param mostPacks how many may be left as they are
     */
    void repack(int mostPacks) throws InterruptedException, IOException {
        if (!isScattered(mostPacks) || !fetching.tryLock()) {
            return;
        }
        try {
            sweep();
            git.run(
                    GitCall.on(
                                    path,
                                    "pack the mirror of " + source.url(),
                                    "repack",
                                    "-a",
                                    "-d",
                                    "--keep-unreachable",
                                    "--no-write-bitmap-index",
                                    "--quiet")
                            .within(LONGEST_FETCH));
            log.info("mirror packed repository={} path={}", source.url(), path);
        } finally {
            fetching.unlock();
        }
    }

    /** As git itself judges: one of the 256 directories of loose objects stands for them all. */
    private boolean isScattered(int mostPacks) throws IOException {
        return count(objects().resolve("pack"), "*.pack") > mostPacks
                || count(objects().resolve("17"), "*") > MOST_LOOSE / 256;
    }

    private static int count(Path directory, String glob) throws IOException {
        if (!Files.isDirectory(directory)) {
            return 0;
        }
        int count = 0;
        try (var files = Files.newDirectoryStream(directory, glob)) {
            for (var _ : files) {
                count++;
            }
        }
        return count;
    }

    /** The branch the repository itself starts from. Asks it anew: people rename that branch. */
    BranchName defaultBranch(Optional<GitToken> token) throws InterruptedException {
        var call =
                GitCall.on(
                                path,
                                "ask " + source.url() + " for its default branch",
                                "ls-remote",
                                "--symref",
                                "--",
                                source.url(),
                                "HEAD")
                        .over(source.transport())
                        .with(token);
        var head = HEAD.matcher(git.run(call));
        if (!head.find()) {
            throw new WorkspaceFailure(
                    "The repository "
                            + source.url()
                            + " names no default branch; the project can.");
        }
        return Sources.branch(head.group(1));
    }

    private void fetch(Optional<GitToken> token) throws InterruptedException, IOException {
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            sweep();
            fetchInto(path, token);
            return;
        }
        var unfinished = path.resolveSibling(".new-" + path.getFileName());
        Erasure.erase(unfinished);
        try {
            BareRepository.create(
                    unfinished, "ref: refs/heads/none", BareRepository.PLAIN_CONFIG, List.of());
            fetchInto(unfinished, token);
            Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Erasure.erase(unfinished);
        }
        log.info("mirror made repository={} path={}", source.url(), path);
    }

    private void fetchInto(Path mirror, Optional<GitToken> token)
            throws InterruptedException, IOException {
        // whoever edited it meanwhile: the daemon reads only what it wrote itself
        var config = mirror.resolve("config");
        Files.deleteIfExists(config);
        Files.writeString(config, BareRepository.PLAIN_CONFIG, StandardOpenOption.CREATE_NEW);
        git.run(
                GitCall.on(
                                mirror,
                                "fetch " + source.url(),
                                "fetch",
                                "--quiet",
                                "--prune",
                                "--no-tags",
                                "--no-recurse-submodules",
                                "--no-write-fetch-head",
                                "--no-auto-maintenance",
                                "--",
                                source.url(),
                                "+refs/heads/*:refs/remotes/origin/*",
                                "+refs/tags/*:refs/tags/*")
                        .over(source.transport())
                        .with(token)
                        .within(LONGEST_FETCH));
        git.run(GitCall.on(mirror, "pack the refs of " + source.url(), "pack-refs", "--all"));
    }

    /**
     * Removes what a killed fetch or packing left: locks that would fail every later one, and half
     * a pack. Safe because only the holder of the lock writes here.
     */
    private void sweep() throws IOException {
        deleteWhere(path, 1, name -> name.endsWith(".lock"));
        deleteWhere(path.resolve("refs"), Integer.MAX_VALUE, name -> name.endsWith(".lock"));
        deleteWhere(
                path.resolve("objects/pack"),
                1,
                name -> name.startsWith("tmp_") || name.startsWith(".tmp-"));
    }

    private static void deleteWhere(Path directory, int depth, Predicate<String> stale)
            throws IOException {
        try (var files = Files.walk(directory, depth)) {
            for (var file : files.toList()) {
                if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                        && stale.test(String.valueOf(file.getFileName()))) {
                    Files.delete(file);
                }
            }
        }
    }
}
