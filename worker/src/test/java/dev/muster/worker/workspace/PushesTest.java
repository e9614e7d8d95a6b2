package dev.muster.worker.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.Confidential;
import dev.muster.protocol.message.GitToken;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Provision;
import dev.muster.worker.Given;
import dev.muster.worker.process.Posix;
import dev.muster.worker.user.RunAs;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

@Timeout(180)
final class PushesTest {

    private static final String TOKEN = "ghp_0123456789abcdef'\"$x`y`\\";
    private static final GitToken LOGIN = new GitToken("me", new Confidential(TOKEN));
    private static final LeaseRef LEASE = new LeaseRef(1, 1, 1);
    private static final String REF = "refs/muster/attempts/1/1";
    private static final String BRANCH = "refs/heads/muster/1-a1";

    @TempDir private Path directory;
    private GitSandbox sandbox;

    @BeforeEach
    void prepare() throws Exception {
        sandbox = new GitSandbox(directory);
        sandbox.git(sandbox.source, "config", "http.receivepack", "true");
    }

    private Workspace.Worktree worktree(Workspaces workspaces) throws InterruptedException {
        return (Workspace.Worktree) workspaces.prepare(sandbox.assignment(1));
    }

    private String commit(Workspace.Worktree worktree, String text) throws IOException {
        GitSandbox.write(worktree.path(), "new.txt", text);
        return sandbox.commit(worktree.path(), text);
    }

    private PushNote keep(Workspaces workspaces, Workspace.Worktree worktree, String commit)
            throws InterruptedException, IOException {
        return workspaces.pushes().keep(LEASE, worktree, sandbox.source.toString(), commit);
    }

    /** What the repository has under that name; empty if nothing. */
    private String at(String ref) throws IOException {
        return sandbox.git(sandbox.source, "for-each-ref", "--format=%(objectname)", ref);
    }

    @Test
    void whatIsPushedIsPromotedAndTheAttemptsOwnRefCleared() throws Exception {
        var workspaces = sandbox.open();
        var worktree = worktree(workspaces);
        var commit = commit(worktree, "x");
        var note = keep(workspaces, worktree, commit);
        var pushes = workspaces.pushes();

        assertThat(pushes.push(note, Optional.empty())).isEqualTo(new PushAnswer.Taken());
        assertThat(at(REF)).isEqualTo(commit);
        assertThat(at(BRANCH)).isEmpty();

        // as whoever died before it could say so does it again
        for (int go = 0; go < 2; go++) {
            assertThat(pushes.promote(note, Optional.empty())).isEqualTo(new PushAnswer.Taken());
        }
        pushes.withdraw(note, Optional.empty());
        assertThat(at(BRANCH)).isEqualTo(commit);
        assertThat(at(REF)).isEmpty();

        pushes.forget(note);
        assertThat(pushes.unsettled()).isEmpty();
        assertThat(sandbox.names("pushes")).isEmpty();
    }

    @Test
    void aBranchThatIsElsewhereByThenIsLeftAsItIs() throws Exception {
        var workspaces = sandbox.open();
        var worktree = worktree(workspaces);
        var note = keep(workspaces, worktree, commit(worktree, "x"));
        workspaces.pushes().push(note, Optional.empty());
        GitSandbox.write(sandbox.source, "other.txt", "y");
        var others = sandbox.commit(sandbox.source, "of somebody else");
        sandbox.git(sandbox.source, "update-ref", BRANCH, others);

        assertThat(workspaces.pushes().promote(note, Optional.empty()))
                .isInstanceOfSatisfying(
                        PushAnswer.Refused.class,
                        refused -> assertThat(refused.why()).contains("muster/1-a1", "rejected"));

        assertThat(at(BRANCH)).isEqualTo(others);
    }

    @Test
    void anAttemptsRefThatIsAtAnotherCommitIsNotCleared() throws Exception {
        var workspaces = sandbox.open();
        var worktree = worktree(workspaces);
        var note = keep(workspaces, worktree, commit(worktree, "x"));
        workspaces.pushes().push(note, Optional.empty());
        sandbox.git(sandbox.source, "update-ref", REF, worktree.base());

        workspaces.pushes().withdraw(note, Optional.empty());

        assertThat(at(REF)).isEqualTo(worktree.base());
    }

    @Test
    void whatAHookOfTheRepositoryRefusesIsToldInOneLine() throws Exception {
        plantInSource("printf 'not\\033[31m\\nhere\\n' >&2; exit 1");
        var workspaces = sandbox.open();
        var worktree = worktree(workspaces);
        var note = keep(workspaces, worktree, commit(worktree, "x"));

        assertThat(workspaces.pushes().push(note, Optional.empty()))
                .isInstanceOfSatisfying(
                        PushAnswer.Refused.class,
                        refused ->
                                assertThat(refused.why())
                                        .contains("pre-receive hook declined", "not", "here")
                                        .doesNotContain("\n", "\033"));
        assertThat(at(REF)).isEmpty();
    }

    /** A hook that the repository runs when it is pushed to. */
    private void plantInSource(String body) throws IOException {
        var hook = sandbox.source.resolve(".git/hooks/pre-receive");
        Files.createDirectories(hook.getParent());
        Files.copy(sandbox.script("hook", body), hook);
        assertThat(hook.toFile().setExecutable(true)).isTrue();
    }

    private static ProcessHandle processIn(Path pipe) {
        try {
            return ProcessHandle.of(Long.parseLong(Files.readString(pipe).strip())).orElseThrow();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** An own server, the token required, and all that an agent may plant. */
    @Test
    void overHttpsNothingThatAnAgentPlantedRunsOrSeesTheToken() throws Exception {
        try (var server = new GitServer(sandbox.allowed, sandbox.root, "me", TOKEN)) {
            var git =
                    sandbox.script(
                            "git-with-ca",
                            "export GIT_SSL_CAINFO=" + server.certificate() + "; exec git \"$@\"");
            var workspaces = sandbox.open(git.toString());
            var url = server.url("source");
            var worktree = (Workspace.Worktree) workspaces.prepare(over(url));
            var commit = commit(worktree, "x");
            plantIn(worktree.repository());
            var pushes = workspaces.pushes();
            var note = pushes.keep(LEASE, worktree, url, commit);

            assertThat(pushes.push(note, Optional.of(LOGIN))).isEqualTo(new PushAnswer.Taken());
            assertThat(pushes.promote(note, Optional.of(LOGIN))).isEqualTo(new PushAnswer.Taken());
            assertThat(pushes.withdraw(note, Optional.of(LOGIN))).isEqualTo(new PushAnswer.Taken());

            assertThat(at(BRANCH)).isEqualTo(commit);
            assertThat(at(REF)).isEmpty();
            assertThat(sandbox.canary).doesNotExist();
            assertThat(server.seenIn).isEmpty();
            try (var files = Files.walk(sandbox.data)) {
                assertThat(files.filter(Files::isRegularFile)).noneMatch(PushesTest::holdsToken);
            }
            assertThatThrownBy(() -> pushes.push(note, Optional.of(wrong())))
                    .isInstanceOf(GitFailure.class)
                    .message()
                    .doesNotContain("wrong-token", TOKEN);
        }
        // the traps are real ones: the agent's own git falls into them
        assertThatThrownBy(
                        () ->
                                sandbox.git(
                                        directory.resolve("data/workspaces/1-a1"),
                                        "push",
                                        "origin",
                                        "HEAD"))
                .isInstanceOf(IOException.class);
        assertThat(sandbox.canary).exists();
    }

    private static GitToken wrong() {
        return new GitToken("me", new Confidential("wrong-token"));
    }

    private static Assignment over(String url) {
        return Given.anything()
                .repository(url)
                .provision(new Provision(Map.of(), Map.of(), LOGIN))
                .under(LEASE);
    }

    private void plantIn(Path repository) throws IOException {
        // one that answers nothing, or a git that falls into it would wait for more
        var trap = sandbox.script("falling", "touch " + sandbox.canary + "; exit 1").toString();
        for (var setting :
                List.of(
                        Map.entry("credential.helper", "!" + trap),
                        Map.entry("core.hooksPath", repository.resolve("hooks").toString()),
                        Map.entry("core.sshCommand", trap),
                        Map.entry("core.askPass", trap),
                        Map.entry("core.alternateRefsCommand", trap),
                        Map.entry("core.fsmonitor", trap),
                        Map.entry("protocol.ext.allow", "always"),
                        Map.entry("url.ext::" + trap + " .insteadOf", "https://"),
                        Map.entry("url.ext::" + trap + " .pushInsteadOf", "https://"),
                        Map.entry("remote.origin.pushurl", "ext::" + trap),
                        Map.entry("remote.origin.receivepack", trap),
                        Map.entry("http.proxy", "http://127.0.0.1:1"),
                        Map.entry("http.sslVerify", "false"),
                        Map.entry("http.extraHeader", "X: y"),
                        Map.entry("push.gpgSign", "true"),
                        Map.entry("gpg.program", trap),
                        Map.entry("alias.push", "!" + trap),
                        Map.entry("pack.packSizeLimit", "1"))) {
            sandbox.git(
                    sandbox.root,
                    "config",
                    "--file",
                    repository.resolve("config").toString(),
                    setting.getKey(),
                    setting.getValue());
        }
        for (var name : List.of("pre-push", "reference-transaction", "push-to-checkout")) {
            var hook = repository.resolve("hooks").resolve(name);
            Files.createDirectories(hook.getParent());
            Files.copy(sandbox.trap, hook);
            assertThat(hook.toFile().setExecutable(true)).isTrue();
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
    void whatIsNotSettledIsFoundByTheNextDaemonAndGoesOnWithoutTheWorkspace() throws Exception {
        var before = sandbox.open();
        var worktree = worktree(before);
        var commit = commit(worktree, "x");
        var note = keep(before, worktree, commit);
        before.pushes().push(note, Optional.empty());
        before.remove(worktree);
        Files.createDirectories(sandbox.data.resolve("pushes/2-a1-f1/repository"));

        var after = sandbox.open().pushes();

        assertThat(sandbox.names("pushes")).containsExactly("1-a1-f1");
        assertThat(after.unsettled()).containsExactly(note);
        assertThat(after.promote(note, Optional.empty())).isEqualTo(new PushAnswer.Taken());
        assertThat(at(BRANCH)).isEqualTo(commit);
    }

    @Test
    void aCommitThatTheRepositoryHasInAnotherBranchIsPushedToo() throws Exception {
        sandbox.git(sandbox.source, "checkout", "-q", "-b", "other");
        GitSandbox.write(sandbox.source, "other.txt", "y");
        var others = sandbox.commit(sandbox.source, "of somebody else");
        sandbox.git(sandbox.source, "checkout", "-q", "main");
        var workspaces = sandbox.open();
        var worktree = worktree(workspaces);
        sandbox.git(worktree.path(), "merge", "-q", "--ff-only", "origin/other");

        var note = keep(workspaces, worktree, others);

        assertThat(workspaces.pushes().push(note, Optional.empty()))
                .isEqualTo(new PushAnswer.Taken());
        assertThat(at(REF)).isEqualTo(others);
    }

    @Test
    void anInterruptEndsAPushWithAllItsProcesses() throws Exception {
        var started = sandbox.root.resolve("started");
        Posix.makeFifo(started);
        plantInSource("echo $$ > " + started + "; exec sleep 600");
        var workspaces = sandbox.open();
        var worktree = worktree(workspaces);
        var note = keep(workspaces, worktree, commit(worktree, "x"));
        var hook = new CompletableFuture<ProcessHandle>();
        var pushing = Thread.currentThread();
        Thread.ofPlatform()
                .start(
                        () -> {
                            hook.complete(processIn(started));
                            pushing.interrupt();
                        });

        assertThatThrownBy(() -> workspaces.pushes().push(note, Optional.empty()))
                .isInstanceOf(InterruptedException.class);

        // once killed it has none, though nobody may have reaped it yet
        assertThat(hook.get().info().command()).isEmpty();
        assertThat(at(REF)).isEmpty();
    }

    @Test
    void whatAnAgentWroteIsReadWithItsRightsOnlyAndNeverByAGitThatReachesOut() throws Exception {
        assumeThat(System.getProperty("user.name")).as("only root can").isEqualTo("root");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        var calls = Files.createFile(sandbox.root.resolve("calls"));
        Files.setPosixFilePermissions(calls, PosixFilePermissions.fromString("rw-rw-rw-"));
        var git =
                sandbox.script(
                        "git-as",
                        "for a; do case $a in pack-objects|index-pack|push)"
                                + " echo $(id -un) $a >> "
                                + calls
                                + ";; esac; done\nexec git \"$@\"");
        var workspaces =
                Workspaces.open(
                        sandbox.config(),
                        Optional.of(RunAs.of("nobody")),
                        () -> sandbox.now,
                        git.toString());
        var worktree = worktree(workspaces);
        GitSandbox.write(worktree.path(), "new.txt", "x");
        var safe =
                Map.of(
                        "GIT_CONFIG_COUNT",
                        "1",
                        "GIT_CONFIG_KEY_0",
                        "safe.directory",
                        "GIT_CONFIG_VALUE_0",
                        "*");
        sandbox.git(worktree.path(), safe, "add", "-A");
        sandbox.git(
                worktree.path(),
                safe,
                "-c",
                "user.name=a",
                "-c",
                "user.email=b",
                "commit",
                "-qm",
                "x");
        RunAs.of("nobody").give(worktree.repository());
        var commit = sandbox.git(worktree.path(), safe, "rev-parse", "HEAD");

        var note = keep(workspaces, worktree, commit);
        var answer = workspaces.pushes().push(note, Optional.empty());

        assertThat(answer).isEqualTo(new PushAnswer.Taken());
        assertThat(at(REF)).isEqualTo(commit);
        assertThat(Files.readAllLines(calls))
                .containsExactly("nobody pack-objects", "root index-pack", "root push");
    }
}
