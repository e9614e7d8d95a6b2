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
import java.time.Duration;
import java.util.concurrent.TimeUnit;

@Timeout(30)
final class GitTest {

    @TempDir Path directory;

    private GitSandbox sandbox;

    @BeforeEach
    void open() throws IOException {
        sandbox = new GitSandbox(directory);
    }

    @Test
    void theEnvironmentIsMadeFromNothing() throws Exception {
        var output = git("env").run(call());

        assertThat(output.lines().map(line -> line.substring(0, line.indexOf('='))))
                .allMatch(
                        name ->
                                name.matches(
                                        "PATH|HOME|LC_ALL|PWD|SHLVL|_|OLDPWD|(GIT|SSH)_[A-Z_]+"));
        assertThat(output).contains("GIT_ALLOW_PROTOCOL=none", "GIT_TERMINAL_PROMPT=0");
    }

    @Test
    void stdinIsClosedAndLongOutputIsCutAndDrained() throws Exception {
        var output = git("cat; yes | head -c 5000000; yes | head -c 5000000 >&2").run(call());

        assertThat(output).hasSize(256 * 1024);
    }

    @Test
    void aCallThatTakesTooLongIsKilledWithItsChildren() throws Exception {
        var pid = sandbox.root.resolve("pid");
        var git =
                git(
                        "sh -c 'echo $$ > "
                                + pid
                                + ".new; mv "
                                + pid
                                + ".new "
                                + pid
                                + "; sleep 600; :'");

        assertThatThrownBy(() -> git.run(call().within(Duration.ofSeconds(2))))
                .isInstanceOf(GitFailure.class)
                .hasMessage("git could not try something within 2 s.");

        var child = ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()));
        if (child.isPresent()) {
            child.get().onExit().get(5, TimeUnit.SECONDS);
        }
    }

    @Test
    void aFailureQuotesWhatGitSaidWithoutSecretsOrControlCharacters() {
        var git = git("printf 'fatal: \\033[31mhttps://u:hunter2@h/x\\r\\nno\\n' >&2; exit 128");

        assertThatThrownBy(() -> git.run(call()))
                .isInstanceOf(GitFailure.class)
                .hasMessage("git could not try something: fatal: [31mhttps://***@h/x no");
    }

    @Test
    void aFloodOfComplaintsIsBounded() {
        var git = git("yes complaint | head -c 5000000 >&2; exit 1");

        assertThatThrownBy(() -> git.run(call()))
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(500));
    }

    @Test
    void aProgramThatIsNotThereIsNamedAsTheReason() {
        var git = new Git(sandbox.root.resolve("nowhere").toString(), sandbox.root);

        assertThatThrownBy(() -> git.run(call()))
                .isInstanceOf(WorkspaceFailure.class)
                .hasMessageContaining("could not be started");
    }

    @Test
    void noTransportIsOpenUnlessTheCallNamesIt() {
        var git = new Git("git", sandbox.root);
        var call =
                GitCall.on(
                        sandbox.source.resolve(".git"),
                        "look",
                        "ls-remote",
                        "--",
                        sandbox.source.toString());

        assertThatThrownBy(() -> git.run(call)).hasMessageContaining("'file' not allowed");
        assertThatThrownBy(() -> git.run(call.over(Transport.SSH)))
                .hasMessageContaining("'file' not allowed");
    }

    private Git git(String script) {
        try {
            return new Git(sandbox.script("fake-git", script).toString(), sandbox.root);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private GitCall call() {
        return GitCall.on(sandbox.source, "try something", "status");
    }
}
