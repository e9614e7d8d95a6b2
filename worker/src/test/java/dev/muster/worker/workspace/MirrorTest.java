package dev.muster.worker.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

@Timeout(60)
final class MirrorTest {

    @TempDir Path directory;

    private GitSandbox sandbox;
    private Path fetches;
    private Path release;

    @BeforeEach
    void open() throws IOException {
        sandbox = new GitSandbox(directory);
        fetches = sandbox.root.resolve("fetches");
        release = sandbox.root.resolve("release");
    }

    @Test
    void packingMakesOneOfManyPiecesAndKeepsWhatNoBranchHoldsAnyMore() throws Exception {
        var workspaces = sandbox.open();
        var old = (Workspace.Worktree) workspaces.prepare(sandbox.assignment(1));
        sandbox.git(sandbox.source, "commit", "-q", "--amend", "-m", "other");
        workspaces.prepare(sandbox.assignment(2));
        var path = old.mirrorObjects().getParent();
        var mirror =
                new Mirror(
                        new Git("git", sandbox.data.resolve("git-home")),
                        new Source(sandbox.source.toString(), Transport.LOCAL),
                        path);

        mirror.repack(-1);
        // git packs what nothing refers to once there is a pack to begin with
        mirror.repack(-1);

        assertThat(sandbox.git(path, "count-objects", "-v")).contains("count: 0", "packs: 1");
        assertThat(sandbox.git(old.path(), "log", "--format=%H")).isEqualTo(old.base());
        assertThat(sandbox.git(old.path(), "fsck", "--no-dangling")).doesNotContain("missing");
        workspaces.prepare(sandbox.assignment(3));
    }

    @Test
    void tasksThatWaitForAFetchShareTheNextOne() throws Exception {
        // given: a first fetch that is held until ten more tasks have asked
        sandbox.git(sandbox.root, "-c", "alias.p=!mkfifo", "p", release.toString());
        var workspaces =
                sandbox.open(countingGit("[ -p " + release + " ] && read -r _ < " + release));
        var asked = new CountDownLatch(10);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var first = threads.submit(() -> workspaces.prepare(sandbox.assignment(1)));
            var writer = threads.submit(() -> Files.newOutputStream(release));
            try (var held = writer.get()) { // opens once the fetch is reading
                var others = new ArrayList<Future<Workspace>>();
                for (int task = 2; task <= 11; task++) {
                    var assignment = sandbox.assignment(task);
                    others.add(
                            threads.submit(
                                    () -> {
                                        asked.countDown();
                                        return workspaces.prepare(assignment);
                                    }));
                }
                asked.await();
                Files.delete(release);
                held.write('\n');
                held.flush();

                // then: all have a workspace of their own
                var paths = new HashSet<Path>();
                paths.add(first.get().path());
                for (var other : others) {
                    paths.add(other.get().path());
                }
                assertThat(paths).hasSize(11);
            }
        }
        // and the first fetch was shared by none, the second by (nearly) all others: a task may be
        // late to ask, but eleven tasks never fetch eleven times
        assertThat(Files.readAllLines(fetches)).hasSizeBetween(2, 6);
        assertThat(sandbox.names("mirrors")).hasSize(1);
    }

    @Test
    void aHalfMadeMirrorOfACrashIsNeverTrusted() throws Exception {
        var name = new Source(sandbox.source.toString(), Transport.LOCAL).mirrorName();
        var workspaces = sandbox.open();
        GitSandbox.write(sandbox.data, "mirrors/.new-" + name + "/objects/garbage", "x");
        GitSandbox.write(sandbox.data, "mirrors/.new-" + name + "/HEAD", "x");

        workspaces.prepare(sandbox.assignment(1));

        assertThat(sandbox.names("mirrors")).containsExactly(name);
        assertThat(sandbox.data.resolve("mirrors").resolve(name).resolve("objects/garbage"))
                .doesNotExist();
    }

    @Test
    void locksAndHalfPacksOfAKilledFetchDoNotStopTheNext() throws Exception {
        var workspaces = sandbox.open();
        workspaces.prepare(sandbox.assignment(1));
        var mirror = "mirrors/" + sandbox.names("mirrors").getFirst();
        GitSandbox.write(sandbox.data, mirror + "/packed-refs.lock", "");
        GitSandbox.write(sandbox.data, mirror + "/refs/remotes/origin/main.lock", "");
        GitSandbox.write(sandbox.data, mirror + "/objects/pack/tmp_pack_x", "half");
        GitSandbox.write(sandbox.source, "more.txt", "x");
        var newest = sandbox.commit(sandbox.source, "second");

        var next = (Workspace.Worktree) workspaces.prepare(sandbox.assignment(2));

        assertThat(next.base()).isEqualTo(newest);
        assertThat(sandbox.data.resolve(mirror + "/objects/pack/tmp_pack_x")).doesNotExist();
    }

    @Test
    void aFailedFirstFetchLeavesNoMirrorAndTheNextTaskTriesAgain() throws Exception {
        var broken = sandbox.root.resolve("broken");
        Files.createFile(broken);
        var workspaces = sandbox.open(countingGit("[ -e " + broken + " ] && exit 1"));

        assertThatThrownBy(() -> workspaces.prepare(sandbox.assignment(1)))
                .hasMessageContaining("it gave no reason");
        assertThat(sandbox.names("mirrors")).isEmpty();

        Files.delete(broken);
        assertThat(workspaces.prepare(sandbox.assignment(1)).path()).isNotEmptyDirectory();
    }

    @Test
    void branchesDeletedAtTheSourceAreDroppedAndPushedOverOnesFollow() throws Exception {
        var workspaces = sandbox.open();
        sandbox.git(sandbox.source, "branch", "a");
        workspaces.prepare(sandbox.assignment(1, sandbox.source.toString(), "a"));
        sandbox.git(sandbox.source, "branch", "-m", "a", "a/b");
        sandbox.git(sandbox.source, "commit", "-q", "--amend", "-m", "rewritten");

        var next = (Workspace.Worktree) workspaces.prepare(sandbox.assignment(2));

        assertThat(next.base()).isEqualTo(sandbox.git(sandbox.source, "rev-parse", "HEAD"));
        workspaces.prepare(sandbox.assignment(3, sandbox.source.toString(), "a/b"));
        assertThatThrownBy(
                        () ->
                                workspaces.prepare(
                                        sandbox.assignment(4, sandbox.source.toString(), "a")))
                .hasMessageContaining("has no branch");
    }

    @Test
    void anInterruptedPrepareEndsAtOnceAndLeavesNothing() throws Exception {
        sandbox.git(sandbox.root, "-c", "alias.p=!mkfifo", "p", release.toString());
        var workspaces = sandbox.open(countingGit("read -r _ < " + release));
        var ended = new CountDownLatch(1);
        Callable<Workspace> prepare = () -> workspaces.prepare(sandbox.assignment(1));
        var thrown = new ArrayList<Throwable>();
        var thread =
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    try {
                                        prepare.call();
                                    } catch (Exception e) {
                                        thrown.add(e);
                                    } finally {
                                        ended.countDown();
                                    }
                                });

        try (var _ = Files.newOutputStream(release)) { // opens once the fetch is reading
            thread.interrupt();
            ended.await();
        }

        assertThat(thrown).singleElement().isInstanceOf(InterruptedException.class);
        assertThat(sandbox.names("workspaces")).isEmpty();
        assertThat(sandbox.names("repositories")).isEmpty();
        assertThat(sandbox.names("mirrors")).isEmpty();
    }

    /** A git that writes a line for each fetch, and then does as told. */
    private String countingGit(String then) throws IOException {
        return sandbox.script(
                        "counting-git",
                        "for a in \"$@\"; do if [ \"$a\" = fetch ]; then echo x >> "
                                + fetches
                                + "; "
                                + then
                                + "; fi; done\nexec git \"$@\"")
                .toString();
    }
}
