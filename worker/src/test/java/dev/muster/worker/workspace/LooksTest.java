package dev.muster.worker.workspace;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.question.Question;
import dev.muster.protocol.question.Reply;
import dev.muster.protocol.question.Reply.Refusal;
import dev.muster.protocol.wire.Wire;
import dev.muster.worker.process.Posix;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What people may see of a workspace, whatever an agent does in it. */
@Timeout(180)
class LooksTest {

    private static final String OUTSIDE = "what lies outside";

    @TempDir Path directory;

    private GitSandbox sandbox;
    private Workspaces workspaces;
    private Workspace.Worktree workspace;
    private Path tree;

    @BeforeEach
    void prepare() throws Exception {
        sandbox = new GitSandbox(directory);
        workspaces = sandbox.open();
        workspace = (Workspace.Worktree) workspaces.prepare(sandbox.assignment(1));
        tree = workspace.path();
        Files.writeString(sandbox.root.resolve("outside"), OUTSIDE);
    }

    @Test
    void aLiveWorkspaceTellsHowFarItIsAndWhatIsNotCommitted() throws Exception {
        GitSandbox.write(tree, "readme.txt", "changed\n");
        var head = sandbox.commit(tree, "a step");
        GitSandbox.write(tree, "readme.txt", "changed again\n");
        GitSandbox.write(tree, "new\nline \"ü\"", "x");

        var live = info();

        assertThat(live.presence()).isEqualTo(Reply.Presence.LIVE);
        assertThat(live.path()).isEqualTo(tree.toString());
        assertThat(live.branch()).isEqualTo("muster/1-a1");
        assertThat(live.keptUntil()).isNull();
        assertThat(live.diskBytes()).isBetween(1L, 10_000_000L);
        assertThat(live.git())
                .isEqualTo(
                        new Reply.Git(
                                workspace.base(),
                                head,
                                1,
                                0,
                                List.of(
                                        new Reply.Dirty("readme.txt", " M"),
                                        new Reply.Dirty("new\nline \"ü\"", "??")),
                                2));
    }

    @Test
    void whatStandsOnAnotherCommitIsBehindToo() throws Exception {
        sandbox.git(tree, "checkout", "-q", "--orphan", "anew");
        sandbox.commit(tree, "from nothing");

        var live = info();

        assertThat(live.branch()).isEqualTo("anew");
        assertThat(live.git().ahead()).isOne();
        assertThat(live.git().behind()).isOne();
    }

    @Test
    void aKeptWorkspaceTellsUntilWhenAndARemovedOneThatItIsGone() throws Exception {
        workspaces.release(workspace, true);
        assertThat(info().presence()).isEqualTo(Reply.Presence.KEPT);
        assertThat(info().keptUntil()).isEqualTo(sandbox.now.plus(Duration.ofHours(24)).toString());

        GitSandbox.write(tree, "unfinished", "x");
        assertThat(info().keptUntil()).isEqualTo(sandbox.now.plus(Duration.ofDays(30)).toString());
        assertThat(text("unfinished")).isEqualTo("x");

        workspaces.remove(workspace);
        assertThat(info()).isEqualTo(Reply.Workspace.GONE);
        assertRefused(file("unfinished"), Refusal.WORKSPACE_GONE);
        assertRefused(list("", 1), Refusal.WORKSPACE_GONE);
        assertRefused(diff(null), Refusal.WORKSPACE_GONE);
    }

    @Test
    void aWorkspaceWithoutRepositoryIsBrowsedAndNotCompared() throws Exception {
        var empty = workspaces.prepare(sandbox.assignment(2, null, null));
        Files.writeString(empty.path().resolve("a"), "b");
        var looks = workspaces.looks();

        var told = (Reply.Workspace) looks.workspace(new Question.Workspace(2, 1));

        assertThat(told.git()).isNull();
        assertThat(told.branch()).isNull();
        assertThat(looks.tree(new Question.Tree(2, 1, "", 1)))
                .isEqualTo(
                        new Reply.Tree(List.of(new Reply.Entry("a", Reply.Type.FILE, 1L)), false));
        assertRefused(looks.diff(new Question.Diff(2, 1, null)), Refusal.NO_REPOSITORY);
    }

    @Test
    void aTreeIsListedByNameAsDeepAsAskedAndWithoutWhatIsGits() throws Exception {
        GitSandbox.write(tree, "b/c/d", "12345");
        GitSandbox.write(tree, "b/.git/config", "hidden");
        Files.createSymbolicLink(tree.resolve("a"), sandbox.root);
        Posix.makeFifo(tree.resolve("pipe"));

        assertThat(list("", 2))
                .isEqualTo(
                        new Reply.Tree(
                                List.of(
                                        new Reply.Entry("a", Reply.Type.LINK, null),
                                        new Reply.Entry("b", Reply.Type.DIRECTORY, null),
                                        new Reply.Entry("b/c", Reply.Type.DIRECTORY, null),
                                        new Reply.Entry("pipe", Reply.Type.OTHER, null),
                                        new Reply.Entry("readme.txt", Reply.Type.FILE, 8L)),
                                false));
        assertThat(list("b/c", 1))
                .isEqualTo(
                        new Reply.Tree(
                                List.of(new Reply.Entry("b/c/d", Reply.Type.FILE, 5L)), false));
        assertRefused(list("readme.txt", 1), Refusal.PATH_OF_ANOTHER_KIND);
        assertRefused(list("nothing", 1), Refusal.PATH_NOT_FOUND);
        assertRefused(list("a", 1), Refusal.PATH_OF_ANOTHER_KIND);
    }

    @Test
    void aFileIsReadPartByPart() throws Exception {
        GitSandbox.write(tree, "dir/numbers", "0123456789");

        assertThat(text("dir/numbers", 0, 4)).isEqualTo("0123");
        assertThat(text("dir/numbers", 8, 4)).isEqualTo("89");
        assertThat(text("dir/numbers", 10, 4)).isEmpty();
        assertThat(text("dir/numbers", Long.MAX_VALUE - 10, 4)).isEmpty();
        var part = (Reply.File) workspaces.looks().file(ask("dir/numbers", 8, 4));
        assertThat(part.size()).isEqualTo(10);
        assertThat(part.offset()).isEqualTo(8);
    }

    @Test
    void noMoreOfAHugeFileIsReadThanWasAskedFor() throws Exception {
        try (var huge = new RandomAccessFile(tree.resolve("huge").toFile(), "rw")) {
            huge.setLength(1L << 40);
        }

        var part = (Reply.File) workspaces.looks().file(ask("huge", 1L << 39, 256 * 1024));

        assertThat(part.size()).isEqualTo(1L << 40);
        assertThat(part.bytes()).hasSize(256 * 1024);
        assertThat(Wire.sizeOf(part)).isLessThan(Wire.LARGEST_MESSAGE);
        // git is not made to read it either
        assertThat(info().git().dirty()).containsExactly(new Reply.Dirty("huge", "??"));
        assertThat(patch(null)).contains("huge").hasSizeLessThan(1000);
    }

    @Test
    void noLinkIsFollowedAndNothingWaits() throws Exception {
        Files.createSymbolicLink(tree.resolve("file"), sandbox.root.resolve("outside"));
        Files.createSymbolicLink(tree.resolve("up"), sandbox.root);
        Files.createSymbolicLink(tree.resolve("inside"), Path.of("readme.txt"));
        Posix.makeFifo(tree.resolve("pipe"));
        Files.delete(tree.resolve("readme.txt"));
        Posix.makeFifo(tree.resolve("readme.txt"));

        for (var path : List.of("file", "inside", "up", "pipe", "up/outside", "readme.txt")) {
            assertRefused(file(path), Refusal.PATH_OF_ANOTHER_KIND);
        }
        assertRefused(file(""), Refusal.PATH_OF_ANOTHER_KIND);
        assertThat(patch(null)).doesNotContain(OUTSIDE);
        assertThat(info().git().dirtyCount()).isPositive();
    }

    /** The agent swaps a directory and a file for links all the while. */
    @Test
    void whatIsSwappedForALinkMeanwhileIsNotReadThroughIt() throws Exception {
        var mine = Files.createDirectory(tree.resolve("dir"));
        GitSandbox.write(mine, "outside", "inside");
        var away = tree.resolve("away");
        var stop = new AtomicBoolean();
        var agent = Thread.ofPlatform().start(() -> swap(mine, away, stop));
        try {
            int read = 0;
            // it is there only now and then
            for (int i = 0; i < 1000 || read == 0; i++) {
                assertThat(i).as("looks without seeing it once").isLessThan(200_000);
                if (file("dir/outside") instanceof Reply.File(_, _, var bytes)) {
                    assertThat(new String(bytes, UTF_8)).isEqualTo("inside");
                    read++;
                }
                assertThat(list("dir", 1).toString()).doesNotContain("canary", "allowed");
            }
        } finally {
            stop.set(true);
            agent.join();
        }
    }

    private void swap(Path mine, Path away, AtomicBoolean stop) {
        try {
            while (!stop.get()) {
                Files.move(mine, away);
                Files.createSymbolicLink(mine, sandbox.root);
                Files.delete(mine);
                Files.move(away, mine);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void thousandsOfEntriesWithLongNamesFitIntoAnAnswer() throws Exception {
        for (int i = 0; i < 3000; i++) {
            Files.createFile(tree.resolve("\u0001".repeat(200) + i));
        }

        var told = info();
        var listed = (Reply.Tree) list("", 1);

        assertThat(told.git().dirtyCount()).isGreaterThan(200);
        assertThat(told.git().dirty()).hasSizeBetween(100, 200);
        assertThat(Wire.sizeOf(told)).isLessThan(Wire.LARGEST_MESSAGE);
        assertThat(listed.truncated()).isTrue();
        assertThat(listed.entries()).hasSizeBetween(100, 1000);
        assertThat(Wire.sizeOf(listed)).isLessThan(Wire.LARGEST_MESSAGE);
    }

    @Test
    void aDiffHasWhatWasCommittedWhatWasNotAndWhatIsNew() throws Exception {
        GitSandbox.write(tree, "committed.txt", "first\n");
        sandbox.commit(tree, "a step");
        GitSandbox.write(tree, "readme.txt", "one\nTWO\n");
        GitSandbox.write(tree, "new.txt", "brand new\n");
        GitSandbox.write(tree, ".gitignore", "ignored\n");
        GitSandbox.write(tree, "ignored", "not shown\n");

        assertThat(patch(null))
                .contains("+first", "-two", "+TWO", "+brand new")
                .doesNotContain("not shown");
        assertThat(patch("new.txt")).contains("+brand new").doesNotContain("TWO");
        assertThat(patch("*.txt")).isEmpty();
    }

    @Test
    void aLongDiffIsCutOff() throws Exception {
        var lines = IntStream.range(0, 100_000).mapToObj(Integer::toString);
        GitSandbox.write(tree, "long", lines.collect(Collectors.joining("\n")));

        var cut = (Reply.Diff) diff(null);

        assertThat(cut.truncated()).isTrue();
        assertThat(cut.bytes()).hasSize(Reply.Diff.MOST_BYTES);
        assertThat(Wire.sizeOf(cut)).isLessThan(Wire.LARGEST_MESSAGE);
    }

    @Test
    void nothingThatAnAgentPlantedRunsWhenPeopleLook() throws Exception {
        GitSandbox.write(tree, ".gitattributes", "* filter=trap diff=trap merge=trap text\n");
        GitSandbox.write(tree, "readme.txt", "changed\n");
        var nested = Files.createDirectory(tree.resolve("nested"));
        sandbox.git(nested, "init", "-q");
        GitSandbox.write(nested, "f", "x");
        sandbox.commit(nested, "nested");
        for (var repository : List.of(workspace.repository(), nested)) {
            for (var key :
                    List.of(
                            "core.fsmonitor",
                            "core.sshCommand",
                            "diff.external",
                            "diff.trap.textconv",
                            "diff.trap.command",
                            "filter.trap.clean",
                            "filter.trap.process")) {
                sandbox.git(repository, "config", key, sandbox.trap.toString());
            }
        }

        info();
        patch(null);
        list("", 5);

        assertThat(sandbox.canary).doesNotExist();
        // the traps are real ones: the agent's own git does fall into them
        sandbox.git(tree, "diff");
        assertThat(sandbox.canary).exists();
    }

    @Test
    void alternatesAndHeadsThatPointElsewhereShowNothingOfIt() throws Exception {
        var secret = sandbox.newRepository("secret");
        GitSandbox.write(secret, "secret.txt", OUTSIDE);
        sandbox.commit(secret, "secret");
        var own = workspace.repository().resolve("worktrees").resolve(tree.getFileName());
        Files.delete(own.resolve("HEAD"));
        Files.createSymbolicLink(own.resolve("HEAD"), secret.resolve(".git/HEAD"));

        assertThat(info().git()).isNull();
        assertThat(info().branch()).isNull();
        assertThat(patch(null)).doesNotContain(OUTSIDE);
    }

    @Test
    void aWorkspaceIsNotRemovedWhileSomebodyLooks() throws Exception {
        var occupancy = new Occupancy();

        assertThat(occupancy.lookIn("w")).isTrue();
        assertThat(occupancy.isUsed("w")).isFalse();
        assertThat(occupancy.remove("w", () -> true)).isFalse();
        occupancy.enterAlone("w");
        occupancy.leave("w");
        occupancy.lookAway("w");

        assertThat(occupancy.remove("w", () -> !occupancy.lookIn("w"))).isTrue();
        assertThat(occupancy.lookIn("w")).isTrue();
    }

    private Reply.Workspace info() throws InterruptedException {
        return (Reply.Workspace) workspaces.looks().workspace(new Question.Workspace(1, 1));
    }

    private Reply list(String path, int depth) throws InterruptedException {
        return workspaces.looks().tree(new Question.Tree(1, 1, path, depth));
    }

    private Reply file(String path) throws InterruptedException {
        return workspaces.looks().file(ask(path, 0, 1000));
    }

    private static Question.File ask(String path, long offset, int limit) {
        return new Question.File(1, 1, path, offset, limit);
    }

    private String text(String path) throws InterruptedException {
        return text(path, 0, 1000);
    }

    private String text(String path, long offset, int limit) throws InterruptedException {
        var part = (Reply.File) workspaces.looks().file(ask(path, offset, limit));
        return new String(part.bytes(), UTF_8);
    }

    private Reply diff(String path) throws InterruptedException {
        return workspaces.looks().diff(new Question.Diff(1, 1, path));
    }

    private String patch(String path) throws InterruptedException {
        return new String(((Reply.Diff) diff(path)).bytes(), UTF_8);
    }

    private static void assertRefused(Reply reply, Refusal code) {
        assertThat(reply)
                .isInstanceOfSatisfying(
                        Reply.Refused.class, refused -> assertThat(refused.code()).isEqualTo(code));
    }
}
