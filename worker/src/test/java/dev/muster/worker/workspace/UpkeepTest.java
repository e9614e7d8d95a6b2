package dev.muster.worker.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.protocol.question.Question;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;

/** How long workspaces with real repositories stay, by the default settings. */
@Timeout(60)
final class UpkeepTest {

    private static final Duration DAY = Duration.ofDays(1);

    @TempDir Path directory;

    private GitSandbox sandbox;
    private Workspaces workspaces;

    @BeforeEach
    void open() throws IOException {
        sandbox = new GitSandbox(directory);
        workspaces = sandbox.open();
    }

    private Workspace.Worktree made(long task) throws InterruptedException {
        return (Workspace.Worktree) workspaces.prepare(sandbox.assignment(task));
    }

    private void tidyAfter(Duration time) throws InterruptedException {
        sandbox.now = sandbox.now.plus(time);
        workspaces.tidy();
    }

    @Test
    void whatCompletedStaysADayAndWhatFailedAWeek() throws Exception {
        workspaces.release(made(1), true);
        workspaces.release(made(2), false);

        tidyAfter(DAY.minusSeconds(1));
        assertThat(sandbox.names("workspaces")).containsExactly("1-a1", "2-a1");
        tidyAfter(Duration.ofSeconds(1));
        assertThat(sandbox.names("workspaces")).containsExactly("2-a1");
        tidyAfter(DAY.multipliedBy(6));

        assertThat(sandbox.names("workspaces")).isEmpty();
        assertThat(sandbox.names("repositories")).isEmpty();
        assertThat(sandbox.names("kept")).isEmpty();
        assertThat(sandbox.names("mirrors")).hasSize(1);
    }

    /** A file's length is its agent's to say, and so is under how many names it counts. */
    @Test
    void theBudgetCountsWhatTheDiskHoldsAndNotWhatFilesSay() throws Exception {
        workspaces = sandbox.open(64 * 1024 * 1024);
        workspaces.release(made(1), true);
        var hollow = made(2);
        try (var file = new RandomAccessFile(hollow.repository().resolve("hole").toFile(), "rw")) {
            file.setLength(1L << 40);
        }
        var named = Files.write(hollow.repository().resolve("names"), new byte[4 << 20]);
        for (int i = 0; i < 40; i++) {
            Files.createLink(named.resolveSibling("names-" + i), named);
        }
        workspaces.release(hollow, true);

        workspaces.tidy();

        assertThat(sandbox.names("workspaces")).containsExactly("1-a1", "2-a1");
        Files.write(hollow.repository().resolve("full"), new byte[64 << 20]);
        workspaces.tidy();
        assertThat(sandbox.names("workspaces")).isEmpty();
    }

    @Test
    void aWorkspaceInUseStaysHoweverOld() throws Exception {
        var used = made(1);

        tidyAfter(DAY.multipliedBy(1000));

        assertThat(used.path()).isNotEmptyDirectory();
        workspaces.release(used, true);
        tidyAfter(DAY);
        assertThat(used.path()).doesNotExist();
    }

    /** Somebody who leaves as soon as they are told to. */
    private final class Visitor implements Guest {

        private final long task;
        private @Nullable String why;

        private Visitor(long task) {
            this.task = task;
            var _ =
                    workspaces.visit(
                            task, 1, new Question.OpenShell.Committer("Ann", "ann@a.org"), this);
        }

        @Override
        public void leave(String reason) {
            why = reason;
            workspaces.leave(task, 1, this);
        }

        @Override
        public boolean awaitLeft(Duration atMost) {
            return why != null;
        }
    }

    @Test
    void guestsKeepAWorkspaceForTheTimeOfWorkAndAreSentAwayThen() throws Exception {
        workspaces.release(made(1), true);
        var stays = new Visitor(1);
        workspaces.release(made(2), true);
        var goes = new Visitor(2);

        tidyAfter(DAY.multipliedBy(29));
        assertThat(sandbox.names("workspaces")).containsExactly("1-a1", "2-a1");
        goes.leave("by itself");
        workspaces.tidy();
        assertThat(sandbox.names("workspaces")).containsExactly("1-a1");
        assertThat(stays.why).isNull();
        tidyAfter(DAY);

        assertThat(stays.why).isEqualTo("workspace_removed");
        assertThat(sandbox.names("workspaces")).isEmpty();
    }

    @Test
    void noBudgetSparesGuestsButTakesWhatNobodyIsInFirst() throws Exception {
        workspaces = sandbox.open(64 * 1024 * 1024);
        for (long task = 1; task <= 3; task++) {
            var one = made(task);
            Files.write(one.repository().resolve("full"), new byte[30 << 20]);
            workspaces.release(one, true);
        }
        var oldest = new Visitor(1);

        workspaces.tidy();
        assertThat(sandbox.names("workspaces")).containsExactly("1-a1", "3-a1");
        assertThat(oldest.why).isNull();
        Files.write(sandbox.data.resolve("repositories/1-a1.git/more"), new byte[60 << 20]);
        var other = new Visitor(3);
        workspaces.tidy();

        assertThat(oldest.why).isEqualTo("workspace_removed");
        assertThat(other.why).isNull();
        assertThat(sandbox.names("workspaces")).containsExactly("3-a1");
    }

    @Test
    void whoGoesOnInAWorkspaceIsAloneInIt() throws Exception {
        workspaces.release(made(1), false);
        var guest = new Visitor(1);

        var again = made(1);

        assertThat(guest.why).isEqualTo("workspace_reused");
        assertThat(again.path()).isNotEmptyDirectory();
        var late = new Visitor(1);
        assertThat(late.why).isNull();
        workspaces.close();
        assertThat(late.why).isEqualTo("worker_stopped");
        assertThatThrownBy(() -> new Visitor(1)).isInstanceOf(WorkspaceFailure.class);
    }

    @Test
    void filesThatAreNotCommittedStayForTheTimeOfWork() throws Exception {
        var changed = made(1);
        var added = made(2);
        GitSandbox.write(changed.path(), "readme.txt", "other");
        GitSandbox.write(added.path(), "new.txt", "x");

        assertStayForTheTimeOfWork(changed, added);
    }

    @Test
    void commitsThatAreNotPushedStayForTheTimeOfWork() throws Exception {
        var branch = made(1);
        commitInside(branch);
        var other = made(2);
        sandbox.git(other.path(), "checkout", "-q", "-b", "side");
        commitInside(other);
        sandbox.git(other.path(), "checkout", "-q", "muster/2-a1");
        var detached = made(3);
        sandbox.git(detached.path(), "checkout", "-q", "--detach");
        commitInside(detached);
        var stashed = made(4);
        GitSandbox.write(stashed.path(), "readme.txt", "other");
        sandbox.git(stashed.path(), "stash");

        assertStayForTheTimeOfWork(branch, other, detached, stashed);
    }

    @Test
    void whatCannotBeToldStaysForTheTimeOfWork() throws Exception {
        var headless = made(1);
        Files.writeString(headless.repository().resolve("worktrees/1-a1/HEAD"), "ref: ../../x\n");
        var gone = made(2);
        Erasure.erase(gone.path());
        var broken = made(3);
        Erasure.erase(broken.repository().resolve("refs"));

        assertStayForTheTimeOfWork(headless, gone, broken);
    }

    @Test
    void anAttemptThatDiedWithItsDaemonStaysForTheTimeOfWork() throws Exception {
        made(1);
        workspaces = sandbox.open();
        workspaces.tidy();

        tidyAfter(DAY.multipliedBy(30).minusSeconds(1));
        assertThat(sandbox.names("workspaces")).containsExactly("1-a1");
        tidyAfter(Duration.ofSeconds(1));
        assertThat(sandbox.names("workspaces")).isEmpty();
    }

    private void assertStayForTheTimeOfWork(Workspace.Worktree... all) throws Exception {
        for (var one : all) {
            workspaces.release(one, true);
        }
        // known to the next daemon as well
        workspaces = sandbox.open();

        tidyAfter(DAY.multipliedBy(30).minusSeconds(1));
        assertThat(sandbox.names("repositories")).hasSize(3 * all.length);
        tidyAfter(Duration.ofSeconds(1));
        assertThat(sandbox.names("workspaces")).isEmpty();
        assertThat(sandbox.names("repositories")).isEmpty();
    }

    @Test
    void whatWasPushedIsWorkNoMore() throws Exception {
        var pushed = made(1);
        commitInside(pushed);
        sandbox.git(pushed.path(), "push", "-q", "origin", "HEAD");
        // by the agent's own git as well as by the mirror, whichever was told
        var fetched = made(2);
        commitInside(fetched);
        sandbox.git(
                fetched.path(), "push", "-q", sandbox.source.toString(), "HEAD:refs/heads/theirs");
        workspaces.release(pushed, true);
        workspaces.release(fetched, true);

        tidyAfter(DAY);
        assertThat(sandbox.names("workspaces")).containsExactly("2-a1");
        var next = made(3);
        tidyAfter(DAY);
        assertThat(sandbox.names("workspaces")).containsExactly("3-a1");
        workspaces.release(next, true);
    }

    @Test
    void nothingThatAnAgentPlantedIsRun() throws Exception {
        var hostile = made(1);
        commitInside(hostile);
        var config = hostile.repository().resolve("config");
        Files.writeString(
                config,
                """
                [core]
                	fsmonitor = %1$s
                	hooksPath = %2$s
                [filter "x"]
                	clean = %1$s
                """
                        .formatted(sandbox.trap, sandbox.root),
                java.nio.file.StandardOpenOption.APPEND);
        GitSandbox.write(hostile.path(), ".gitattributes", "* filter=x\n");
        workspaces.release(hostile, true);

        tidyAfter(DAY);

        assertThat(sandbox.canary).doesNotExist();
        assertThat(hostile.path()).exists();
    }

    @Test
    void attemptsBeginAndEndWhileOthersAreRemoved() throws Exception {
        made(100);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var going = threads.submit(this::forty);
            while (!going.isDone()) {
                tidyAfter(DAY);
            }
            going.get();
        }
        tidyAfter(DAY);

        assertThat(sandbox.names("workspaces")).containsExactly("100-a1");
    }

    private Void forty() throws Exception {
        try (var threads = Executors.newFixedThreadPool(4)) {
            Callable<Void> ten =
                    () -> {
                        for (int i = 0; i < 10; i++) {
                            // the same attempt again and again, as by grants that repeat
                            var one = made(7);
                            assertThat(one.path().resolve("readme.txt")).exists();
                            workspaces.release(one, true);
                        }
                        return null;
                    };
            threads.submit(ten).get();
            var empties =
                    threads.submit(
                            () -> {
                                for (int i = 0; i < 200; i++) {
                                    var one = workspaces.prepare(sandbox.assignment(8, null, null));
                                    GitSandbox.write(one.path(), "x", "x");
                                    assertThat(one.path().resolve("x")).exists();
                                    workspaces.release(one, true);
                                }
                                return null;
                            });
            empties.get();
        }
        return null;
    }

    private void commitInside(Workspace workspace) throws IOException {
        GitSandbox.write(workspace.path(), "work.txt", workspace.path().toString());
        sandbox.commit(workspace.path(), "work");
    }
}
