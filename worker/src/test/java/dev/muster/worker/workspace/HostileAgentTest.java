package dev.muster.worker.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** The agent ran and planted what it could; the daemon's git must not run any of it. */
final class HostileAgentTest {

    private static final List<String> HOOKS =
            List.of(
                    "post-checkout",
                    "post-index-change",
                    "reference-transaction",
                    "pre-auto-gc",
                    "fsmonitor-watchman",
                    "post-commit",
                    "pre-push");

    private static final List<String> KEYS =
            List.of(
                    "core.fsmonitor",
                    "core.sshCommand",
                    "core.pager",
                    "core.editor",
                    "core.askPass",
                    "core.alternateRefsCommand",
                    "diff.external",
                    "diff.trap.textconv",
                    "diff.trap.command",
                    "filter.trap.clean",
                    "filter.trap.smudge",
                    "filter.trap.process",
                    "merge.trap.driver",
                    "credential.helper",
                    "gpg.program",
                    "uploadpack.packObjectsHook");

    private static final List<String> ALIASES =
            List.of(
                    "status",
                    "diff-tree",
                    "rev-list",
                    "read-tree",
                    "fetch",
                    "worktree",
                    "pack-refs");

    @TempDir Path directory;

    private GitSandbox sandbox;
    private Workspaces workspaces;
    private Workspace.Worktree workspace;

    @BeforeEach
    void prepare() throws Exception {
        sandbox = new GitSandbox(directory);
        workspaces = sandbox.open();
        workspace = (Workspace.Worktree) workspaces.prepare(sandbox.assignment(1));
    }

    @Test
    void plantedConfigHooksAndFiltersNeverRun() throws Exception {
        GitSandbox.write(
                workspace.path(), ".gitattributes", "* filter=trap diff=trap merge=trap text\n");
        sandbox.commit(workspace.path(), "harmless");
        GitSandbox.write(workspace.path(), "readme.txt", "changed\n");
        plantIn(workspace.repository());
        GitSandbox.write(workspace.repository(), "info/attributes", "* filter=trap diff=trap\n");

        var work = workspaces.work(workspace).orElseThrow();

        assertThat(sandbox.canary).doesNotExist();
        assertThat(work.commits()).isEqualTo(1);
        assertThat(work.dirty()).isTrue();
        // the trap is a real one: the agent's own git does fall into it
        sandbox.git(workspace.path(), "status", "--porcelain");
        assertThat(sandbox.canary).exists();
    }

    @Test
    void nestedRepositoriesAreNotEntered() throws Exception {
        for (var name : List.of("committed", "untracked")) {
            var nested = workspace.path().resolve(name);
            sandbox.git(workspace.path(), "init", "-q", name);
            GitSandbox.write(nested, "file", "x");
            sandbox.commit(nested, "nested");
            if (name.equals("committed")) {
                sandbox.commit(workspace.path(), "with a repository inside");
            }
            GitSandbox.write(nested, "file", "y");
            plantIn(nested.resolve(".git"));
        }

        var work = workspaces.work(workspace).orElseThrow();

        assertThat(sandbox.canary).doesNotExist();
        assertThat(work.dirty()).isTrue();
    }

    @Test
    void aGitDirectoryPutInPlaceOfTheLinkIsIgnored() throws Exception {
        Files.delete(workspace.path().resolve(".git"));
        sandbox.git(workspace.path(), "init", "-q");
        plantIn(workspace.path().resolve(".git"));

        var work = workspaces.work(workspace).orElseThrow();

        assertThat(sandbox.canary).doesNotExist();
        assertThat(work.head()).isEqualTo(workspace.base());
    }

    @Test
    void aPoisonedMirrorDoesNotPoisonTheNextTask() throws Exception {
        var mirror = workspace.mirrorObjects().getParent();
        plantIn(mirror);
        GitSandbox.write(sandbox.source, "more.txt", "x");
        var newest = sandbox.commit(sandbox.source, "second");

        var next = (Workspace.Worktree) workspaces.prepare(sandbox.assignment(2));

        assertThat(next.base()).isEqualTo(newest);
        assertThat(sandbox.canary).doesNotExist();
        assertThat(mirror.resolve("config")).hasContent(BareRepository.PLAIN_CONFIG);
    }

    @Test
    void whatOneTaskConfiguresNoOtherTaskSees() throws Exception {
        sandbox.git(workspace.path(), "config", "alias.x", "!false");
        sandbox.git(workspace.path(), "branch", "evil");

        var next = workspaces.prepare(sandbox.assignment(2));

        assertThat(sandbox.git(next.path(), "config", "--list")).doesNotContain("alias.x");
        assertThat(sandbox.git(next.path(), "branch", "--list", "evil", "muster/1-a1")).isEmpty();
    }

    @Test
    void aPlantedMirrorConfigLinkIsReplacedNotWrittenThrough() throws Exception {
        var precious = Files.writeString(sandbox.root.resolve("precious"), "mine");
        var config = workspace.mirrorObjects().resolveSibling("config");
        Files.delete(config);
        Files.createSymbolicLink(config, precious);

        workspaces.prepare(sandbox.assignment(2));

        assertThat(precious).hasContent("mine");
    }

    @Test
    void aDeletedOrStrangeBranchIsReportedAndNotFollowed() throws Exception {
        var ref = workspace.repository().resolve("refs/heads").resolve(workspace.branch());
        Files.writeString(ref, "ref: refs/remotes/origin/main\n");
        assertThatThrownBy(() -> workspaces.work(workspace)).hasMessageContaining("is gone");
        Files.writeString(ref, "--output=" + sandbox.canary + "\n");
        assertThatThrownBy(() -> workspaces.work(workspace)).hasMessageContaining("is gone");
        Files.delete(ref);
        assertThatThrownBy(() -> workspaces.work(workspace)).hasMessageContaining("is gone");
        // a pipe nobody writes to would hold a reader for ever
        sandbox.git(workspace.path(), "-c", "alias.p=!mkfifo", "p", ref.toString());
        assertThatThrownBy(() -> workspaces.work(workspace)).hasMessageContaining("is gone");
        Files.delete(ref);
        Files.writeString(ref, "0".repeat(39) + "1\n");
        assertThatThrownBy(() -> workspaces.work(workspace)).isInstanceOf(GitFailure.class);
        assertThat(sandbox.canary).doesNotExist();
    }

    @Test
    void aWorkspaceSwappedForALinkIsNotWalked() throws Exception {
        Files.move(workspace.path(), sandbox.root.resolve("moved"), StandardCopyOption.ATOMIC_MOVE);
        Files.createSymbolicLink(workspace.path(), Path.of("/"));

        assertThatThrownBy(() -> workspaces.work(workspace))
                .isInstanceOf(WorkspaceFailure.class)
                .hasMessageContaining("was moved away");
    }

    @Test
    void aBrokenFirstIndexIsAFailureAndNoHang() throws Exception {
        Files.writeString(workspace.firstIndex(), "DIRC garbage");

        assertThatThrownBy(() -> workspaces.work(workspace)).isInstanceOf(GitFailure.class);
    }

    private void plantIn(Path gitDirectory) throws IOException {
        var config = gitDirectory.resolve("config");
        for (var key : KEYS) {
            sandbox.git(
                    sandbox.root,
                    "config",
                    "--file",
                    config.toString(),
                    key,
                    sandbox.trap.toString());
        }
        for (var alias : ALIASES) {
            sandbox.git(
                    sandbox.root,
                    "config",
                    "--file",
                    config.toString(),
                    "alias." + alias,
                    "!" + sandbox.trap);
        }
        for (var hook : HOOKS) {
            var file = gitDirectory.resolve("hooks").resolve(hook);
            Files.createDirectories(file.getParent());
            Files.copy(
                    sandbox.trap,
                    file,
                    StandardCopyOption.COPY_ATTRIBUTES,
                    StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
