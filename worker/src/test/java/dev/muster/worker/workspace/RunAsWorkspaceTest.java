package dev.muster.worker.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.muster.worker.user.RunAs;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;

/** Workspaces that belong to a user of less rights than the daemon. */
final class RunAsWorkspaceTest {

    @TempDir Path directory;

    @BeforeEach
    void requireRoot() throws Exception {
        assumeThat(System.getProperty("user.name")).as("only root can").isEqualTo("root");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
    }

    @Test
    void onlyTheUsersOwnWorkspaceIsGoneOnIn() throws Exception {
        var sandbox = new GitSandbox(directory);
        var before = sandbox.open();
        before.release(before.prepare(sandbox.assignment(1)), false);
        var workspaces =
                Workspaces.open(
                        sandbox.config(), Optional.of(RunAs.of("nobody")), () -> sandbox.now);
        var made = workspaces.prepare(sandbox.assignment(2));
        workspaces.release(made, false);

        assertThat(workspaces.prepare(sandbox.continuing(2, 2))).isEqualTo(made);
        for (int attempt : new int[] {2, 3}) {
            // a refusal leaves it to be asked for again
            assertThatThrownBy(() -> workspaces.prepare(sandbox.continuing(1, attempt)))
                    .isInstanceOf(WorkspaceMissing.class)
                    .hasMessage("The workspace 1-a1 does not belong to nobody.");
        }
    }

    @Test
    void gitLooksAtWhatAnAgentLeftWithTheAgentsRightsOnly() throws Exception {
        var sandbox = new GitSandbox(directory);
        var calls = Files.createFile(sandbox.root.resolve("calls"));
        Files.setPosixFilePermissions(calls, PosixFilePermissions.fromString("rw-rw-rw-"));
        var git = sandbox.script("git-as", "id -un >> " + calls + "\nexec git \"$@\"");
        var workspaces =
                Workspaces.open(
                        sandbox.config(),
                        Optional.of(RunAs.of("nobody")),
                        () -> sandbox.now,
                        git.toString());

        var workspace = (Workspace.Worktree) workspaces.prepare(sandbox.assignment(1));
        assertThat(Files.getOwner(workspace.path().resolve("readme.txt")).getName())
                .isEqualTo("nobody");
        assertThat(Files.getOwner(workspace.mirrorObjects()).getName()).isEqualTo("root");
        Files.writeString(calls, "");
        GitSandbox.write(workspace.path(), "new.txt", "x");
        var work = workspaces.work(workspace).orElseThrow();
        assertThat(work.dirty()).isTrue();
        Files.delete(workspace.path().resolve("new.txt"));
        workspaces.release(workspace, true);
        sandbox.now = sandbox.now.plus(Duration.ofDays(1));
        workspaces.tidy();

        assertThat(Files.readAllLines(calls)).isNotEmpty().containsOnly("nobody");
        assertThat(sandbox.names("workspaces")).isEmpty();
        assertThat(sandbox.names("repositories")).isEmpty();
    }
}
