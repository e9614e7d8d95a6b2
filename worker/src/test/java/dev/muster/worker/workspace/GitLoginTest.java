package dev.muster.worker.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.muster.protocol.message.Confidential;
import dev.muster.protocol.message.GitToken;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Provision;
import dev.muster.worker.Given;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

@Timeout(60)
final class GitLoginTest {

    private static final String TOKEN = "ghp_0123456789abcdef'\"$x`y`\\";

    @TempDir private Path directory;
    private GitSandbox sandbox;
    private GitServer server;
    private Workspaces workspaces;

    @BeforeEach
    void start() throws Exception {
        sandbox = new GitSandbox(directory);
        server = new GitServer(sandbox.allowed, sandbox.root, "me", TOKEN);
        var git =
                sandbox.script(
                        "git-with-ca",
                        "export GIT_SSL_CAINFO=" + server.certificate() + "; exec git \"$@\"");
        workspaces = sandbox.open(git.toString());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Workspace prepare(int task, @Nullable String token) throws InterruptedException {
        var shown = token == null ? null : new GitToken("me", new Confidential(token));
        return workspaces.prepare(
                Given.anything()
                        .repository(server.url("source"))
                        .provision(new Provision(Map.of(), Map.of(), shown))
                        .under(new LeaseRef(task, 1, 1)));
    }

    @Test
    void aPrivateRepositoryIsReadWithItsTokenWhichIsNowhereToBeSeen() throws Exception {
        var made = (Workspace.Worktree) prepare(1, TOKEN);
        prepare(2, TOKEN);

        assertThat(made.path().resolve("readme.txt")).hasContent("one\ntwo\n");
        assertThat(server.seenIn).isEmpty();
        try (var files = Files.walk(sandbox.data)) {
            assertThat(files.filter(Files::isRegularFile)).noneMatch(GitLoginTest::holdsToken);
        }
    }

    private static boolean holdsToken(Path file) {
        try {
            return Files.readString(file, ISO_8859_1).contains(TOKEN);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void withAnotherTokenOrNoneTheRepositoryStaysClosedThoughItsMirrorIsHere() throws Exception {
        prepare(1, TOKEN);

        assertThatThrownBy(() -> prepare(2, "wrong-token"))
                .isInstanceOf(WorkspaceFailure.class)
                .hasMessageContaining("fetch")
                .message()
                .doesNotContain("wrong-token");
        assertThatThrownBy(() -> prepare(3, null)).isInstanceOf(WorkspaceFailure.class);
    }
}
