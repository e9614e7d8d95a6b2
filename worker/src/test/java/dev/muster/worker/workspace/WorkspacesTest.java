package dev.muster.worker.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.protocol.git.RepositoryUrl;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

final class WorkspacesTest {

    @TempDir Path directory;

    private GitSandbox sandbox;
    private Workspaces workspaces;

    @BeforeEach
    void open() throws IOException {
        sandbox = new GitSandbox(directory);
        workspaces = sandbox.open();
    }

    @Test
    void aProjectWithoutARepositoryGetsAnEmptyDirectory() throws Exception {
        var workspace = workspaces.prepare(sandbox.assignment(7, null, null));

        assertThat(workspace.path()).isEqualTo(sandbox.data.resolve("workspaces/7-a1"));
        assertThat(workspace.path()).isEmptyDirectory();
        assertThat(workspaces.work(workspace)).isEmpty();
    }

    @Test
    void anEmptyDirectoryGoesAtTheEndAndAUsedOneStays() throws Exception {
        var unused = workspaces.prepare(sandbox.assignment(1, null, null));
        var used = workspaces.prepare(sandbox.assignment(2, null, null));
        GitSandbox.write(used.path(), "result", "42");

        workspaces.release(unused, true);
        workspaces.release(unused, true);
        workspaces.release(used, true);

        assertThat(sandbox.names("workspaces")).containsExactly("2-a1");
        workspaces.remove(used);
        assertThat(sandbox.names("workspaces")).isEmpty();
    }

    @Test
    void aRepositoryIsCheckedOutOnABranchOfTheAttempt() throws Exception {
        var base = sandbox.git(sandbox.source, "rev-parse", "HEAD");

        var workspace = (Workspace.Worktree) workspaces.prepare(sandbox.assignment(7));

        assertThat(workspace.base()).isEqualTo(base);
        assertThat(workspace.branch()).isEqualTo("muster/7-a1");
        assertThat(workspace.path().resolve("readme.txt")).hasContent("one\ntwo");
        assertThat(sandbox.git(workspace.path(), "branch", "--show-current"))
                .isEqualTo("muster/7-a1");
        assertThat(sandbox.git(workspace.path(), "status", "--porcelain")).isEmpty();
        assertThat(sandbox.git(workspace.path(), "rev-parse", "origin/HEAD", "origin/main"))
                .isEqualTo(base + "\n" + base);
    }

    @Test
    void whatIsMirroredIsToldByFingerprintAlsoByTheNextDaemon() throws Exception {
        assertThat(workspaces.mirrors()).isEmpty();

        workspaces.prepare(sandbox.assignment(7));

        var fingerprint = RepositoryUrl.parse(sandbox.source.toString()).fingerprint();
        assertThat(workspaces.mirrors()).containsExactly(fingerprint);
        assertThat(sandbox.open().mirrors()).containsExactly(fingerprint);
    }

    @Test
    void theAskedBranchIsTheStartAndItsNewestCommitIsFetchedEachTime() throws Exception {
        workspaces.prepare(sandbox.assignment(1));
        sandbox.git(sandbox.source, "checkout", "-q", "--detach");
        GitSandbox.write(sandbox.source, "more.txt", "x");
        var newest = sandbox.commit(sandbox.source, "second");
        // as a file, since arguments outside ASCII depend on the locale this runs in
        GitSandbox.write(sandbox.source, ".git/packed-refs", newest + " refs/heads/topic/größe\n");

        var workspace =
                workspaces.prepare(
                        sandbox.assignment(2, "file://" + sandbox.source, "topic/größe"));

        assertThat(((Workspace.Worktree) workspace).base()).isEqualTo(newest);
        assertThat(sandbox.names("mirrors")).hasSize(1);
    }

    @Test
    void commitsAreByTheDeveloper() throws Exception {
        var workspace = workspaces.prepare(sandbox.assignment(7));

        sandbox.git(
                workspace.path(),
                workspace.environment(),
                "commit",
                "-q",
                "--allow-empty",
                "-m",
                "x");

        assertThat(sandbox.git(workspace.path(), "log", "-1", "--format=%an <%ae> %cn <%ce>"))
                .isEqualTo("Ada L <ada@example.org> Ada L <ada@example.org>");
    }

    @Test
    void theAgentCanPushItsBranch() throws Exception {
        var workspace = workspaces.prepare(sandbox.assignment(7));
        var head = commitInside(workspace, "new.txt", "x\n");

        sandbox.git(workspace.path(), "push", "-q");

        assertThat(sandbox.git(sandbox.source, "rev-parse", "muster/7-a1")).isEqualTo(head);
    }

    @Test
    void workIsWhatWasCommittedAndWhetherAnythingWasNot() throws Exception {
        var workspace = workspaces.prepare(sandbox.assignment(7));
        assertThat(workspaces.work(workspace).orElseThrow())
                .matches(work -> work.head().equals(work.base()) && !work.dirty());

        commitInside(workspace, "new.txt", "a\nb\nc\n");
        var head = commitInside(workspace, "readme.txt", "one\n");

        var work = workspaces.work(workspace).orElseThrow();
        assertThat(work.head()).isEqualTo(head);
        assertThat(work.commits()).isEqualTo(2);
        assertThat(work.filesChanged()).isEqualTo(2);
        assertThat(work.insertions()).isEqualTo(3);
        assertThat(work.deletions()).isEqualTo(1);
        assertThat(work.dirty()).isFalse();
    }

    @Test
    void workIsReadAlsoOnceTheAgentPackedItsRefs() throws Exception {
        var workspace = workspaces.prepare(sandbox.assignment(7));
        var head = commitInside(workspace, "new.txt", "a\n");
        sandbox.git(workspace.path(), "gc", "-q");

        assertThat(workspaces.work(workspace).orElseThrow().head()).isEqualTo(head);
    }

    @Test
    void anEditOfTheSameLengthRightAfterCheckoutIsSeen() throws Exception {
        var edited = new ArrayList<Workspace>();
        for (int task = 1; task <= 5; task++) {
            var workspace = workspaces.prepare(sandbox.assignment(task));
            GitSandbox.write(workspace.path(), "readme.txt", "one\ntwO\n");
            edited.add(workspace);
        }
        awaitNextSecond(); // what git writes from now on is younger than the edits, to the second

        for (var workspace : edited) {
            assertThat(workspaces.work(workspace).orElseThrow().dirty()).isTrue();
        }
    }

    private static void awaitNextSecond() {
        long second = Instant.now().getEpochSecond();
        while (Instant.now().getEpochSecond() == second) {
            LockSupport.parkNanos(10_000_000);
        }
    }

    @Test
    void newDeletedAndStagedFilesAreUncommittedWorkAndIgnoredOnesAreNot() throws Exception {
        var ignored = workspaces.prepare(sandbox.assignment(1));
        commitInside(ignored, ".gitignore", "*.o\n");
        GitSandbox.write(ignored.path(), "a.o", "x");
        var added = workspaces.prepare(sandbox.assignment(2));
        GitSandbox.write(added.path(), "deep/new.txt", "x");
        var deleted = workspaces.prepare(sandbox.assignment(3));
        Files.delete(deleted.path().resolve("readme.txt"));
        var staged = workspaces.prepare(sandbox.assignment(4));
        GitSandbox.write(staged.path(), "new.txt", "x");
        sandbox.git(staged.path(), "add", "-A");

        assertThat(workspaces.work(ignored).orElseThrow().dirty()).isFalse();
        assertThat(workspaces.work(added).orElseThrow().dirty()).isTrue();
        assertThat(workspaces.work(deleted).orElseThrow().dirty()).isTrue();
        assertThat(workspaces.work(staged).orElseThrow().dirty()).isTrue();
    }

    @Test
    void anAttemptThatContinuesGetsTheWorktreeAsItIs() throws Exception {
        var first = (Workspace.Worktree) workspaces.prepare(sandbox.assignment(7));
        commitInside(first, "new.txt", "x\n");
        GitSandbox.write(first.path(), "loose", "y");
        workspaces.release(first, false);

        // by the next daemon, too
        var next = sandbox.open();
        var second = (Workspace.Worktree) next.prepare(sandbox.continuing(7, 2));

        assertThat(second.path()).isEqualTo(first.path());
        assertThat(second.branch()).isEqualTo("muster/7-a1");
        assertThat(second.base()).isEqualTo(first.base());
        assertThat(second.path().resolve("loose")).hasContent("y");
        var work = next.work(second).orElseThrow();
        assertThat(work.commits()).isEqualTo(1);
        assertThat(work.dirty()).isTrue();
    }

    @Test
    void whatIsGoneOrNotItselfAnyMoreIsMissing() throws Exception {
        var gone = workspaces.prepare(sandbox.assignment(1));
        var linked = workspaces.prepare(sandbox.assignment(2));
        var forged = workspaces.prepare(sandbox.assignment(3));
        for (var workspace : List.of(gone, linked, forged)) {
            workspaces.release(workspace, false);
        }
        workspaces.remove(gone);
        Files.move(linked.path(), linked.path().resolveSibling("elsewhere"));
        Files.createSymbolicLink(linked.path(), Path.of("elsewhere"));
        GitSandbox.write(sandbox.data.resolve("repositories"), "3-a1.origin", "--output=x y.git\n");

        for (long task = 1; task <= 3; task++) {
            var continuing = sandbox.continuing(task, 2);
            assertThatThrownBy(() -> workspaces.prepare(continuing))
                    .isInstanceOf(WorkspaceMissing.class)
                    .hasMessageContaining("is not on this machine any more");
        }
        assertThat(gone.path()).doesNotExist();
    }

    @Test
    void aMissingBranchLeavesNothingBehind() throws Exception {
        assertThatThrownBy(
                        () ->
                                workspaces.prepare(
                                        sandbox.assignment(7, sandbox.source.toString(), "gone")))
                .isInstanceOf(WorkspaceFailure.class)
                .hasMessage("The repository " + sandbox.source + " has no branch \"gone\".");
        assertThat(sandbox.names("workspaces")).isEmpty();
        assertThat(sandbox.names("repositories")).isEmpty();
    }

    @Test
    void aRepositoryWithoutCommitsOrWithoutGitIsRefusedInOneSentence() throws Exception {
        var empty = sandbox.newRepository("empty");
        var plain = Files.createDirectory(sandbox.allowed.resolve("plain"));

        assertThatThrownBy(() -> workspaces.prepare(sandbox.assignment(1, empty.toString(), null)))
                .hasMessageContaining("names no default branch");
        assertThatThrownBy(() -> workspaces.prepare(sandbox.assignment(1, plain.toString(), null)))
                .isInstanceOf(GitFailure.class)
                .hasMessageContaining("git could not fetch " + plain)
                .hasMessageContaining("does not appear to be a git repository");
        assertThat(sandbox.names("workspaces")).isEmpty();
    }

    @Test
    void aCheckoutThatFailsLeavesNothingBehind() throws Exception {
        var failing =
                sandbox.script(
                        "git-failing-late",
                        "case \"$*\" in *worktree*) git \"$@\"; echo 'fatal: disk full' >&2; exit"
                                + " 1;; esac\n"
                                + "exec git \"$@\"");

        assertThatThrownBy(() -> sandbox.open(failing.toString()).prepare(sandbox.assignment(7)))
                .hasMessageContaining("disk full");

        assertThat(sandbox.names("workspaces")).isEmpty();
        assertThat(sandbox.names("repositories")).isEmpty();
    }

    @Test
    void theSameAttemptPreparedAgainStartsAfresh() throws Exception {
        var first = workspaces.prepare(sandbox.assignment(7));
        commitInside(first, "new.txt", "x");
        GitSandbox.write(first.path(), "left.txt", "x");

        var second = (Workspace.Worktree) sandbox.open().prepare(sandbox.assignment(7));

        assertThat(second.path().resolve("left.txt")).doesNotExist();
        assertThat(workspaces.work(second).orElseThrow().head()).isEqualTo(second.base());
        var empty = workspaces.prepare(sandbox.assignment(8, null, null));
        GitSandbox.write(empty.path(), "left.txt", "x");
        assertThat(workspaces.prepare(sandbox.assignment(8, null, null)).path()).isEmptyDirectory();
    }

    @Test
    void aLinkWhereTheWorkspaceGoesIsReplacedAndItsTargetSpared() throws Exception {
        var precious = Files.createDirectory(sandbox.root.resolve("precious"));
        GitSandbox.write(precious, "file", "x");
        for (var name : new String[] {"1-a1", "2-a1"}) {
            Files.createSymbolicLink(sandbox.data.resolve("workspaces").resolve(name), precious);
        }

        var empty = workspaces.prepare(sandbox.assignment(1, null, null));
        var worktree = workspaces.prepare(sandbox.assignment(2));

        assertThat(Files.isDirectory(empty.path(), LinkOption.NOFOLLOW_LINKS)).isTrue();
        assertThat(Files.isDirectory(worktree.path(), LinkOption.NOFOLLOW_LINKS)).isTrue();
        assertThat(precious.resolve("file")).hasContent("x");
    }

    @Test
    void removalTakesBranchAndRepositoryWithIt() throws Exception {
        var workspace = workspaces.prepare(sandbox.assignment(7));

        workspaces.release(workspace, true);
        assertThat(workspace.path()).isNotEmptyDirectory();
        workspaces.remove(workspace);
        workspaces.remove(workspace);

        assertThat(sandbox.names("workspaces")).isEmpty();
        assertThat(sandbox.names("repositories")).isEmpty();
        assertThat(sandbox.names("mirrors")).hasSize(1);
    }

    @Test
    void submodulesAreNotEnteredAndLargeFilesStayPointers() throws Exception {
        var inner = sandbox.newRepository("inner");
        GitSandbox.write(inner, "inner.txt", "x");
        sandbox.commit(inner, "inner");
        sandbox.git(
                sandbox.source,
                "-c",
                "protocol.file.allow=always",
                "submodule",
                "--quiet",
                "add",
                inner.toString(),
                "sub");
        GitSandbox.write(
                sandbox.source, ".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n");
        var pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n";
        GitSandbox.write(sandbox.source, "big.bin", pointer);
        sandbox.commit(sandbox.source, "with submodule");

        var workspace = workspaces.prepare(sandbox.assignment(7));

        assertThat(workspace.path().resolve("sub")).isEmptyDirectory();
        assertThat(workspace.path().resolve("big.bin")).hasContent(pointer);
        assertThat(workspaces.work(workspace).orElseThrow().dirty()).isFalse();
    }

    @Test
    void startingClearsWhatACrashLeftHalfMade() throws Exception {
        Files.createDirectories(sandbox.data.resolve("repositories/.inspect-12/objects"));
        Files.createDirectories(sandbox.data.resolve("workspaces/.erasing-12/a"));

        sandbox.open();

        assertThat(sandbox.names("repositories")).isEmpty();
        assertThat(sandbox.names("workspaces")).isEmpty();
    }

    private String commitInside(Workspace workspace, String name, String text) throws IOException {
        GitSandbox.write(workspace.path(), name, text);
        return sandbox.commit(workspace.path(), "change " + name);
    }
}
