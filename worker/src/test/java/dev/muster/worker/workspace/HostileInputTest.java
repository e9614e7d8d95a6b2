package dev.muster.worker.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.muster.protocol.git.BranchName;
import dev.muster.protocol.message.Assignment;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Every text of an assignment that comes near git, filled with what once broke some other tool. */
final class HostileInputTest {

    /**
     * Where a value becomes an option, a command, a path, another line or another kind of address.
     */
    private static final List<String> SHAPES =
            List.of(
                    "%s",
                    "-%s",
                    "--upload-pack=%s",
                    "--exec=%s",
                    "--output=%s",
                    "-c core.sshCommand=%s",
                    "-u%s",
                    "$(%s)",
                    "`%s`",
                    "; %s",
                    "| %s",
                    "&& %s",
                    "\n%s\n",
                    "\r\n%s",
                    "\u0000%s",
                    "'%s'",
                    "\"%s\"",
                    "!%s",
                    "${IFS}%s",
                    "../../../..%s",
                    "..%s",
                    "@{%s}",
                    "^%s",
                    ":%s",
                    "%%2d%s",
                    "\u202e%s",
                    "\ud800%s",
                    "\u001b]0;%s\u0007",
                    "%s.lock",
                    "ext::%s",
                    "ext::sh -c %s",
                    "ssh://-oProxyCommand=%s/x",
                    "ssh://x/-oProxyCommand=%s",
                    "git@-oProxyCommand=%s:x",
                    "x@y:--upload-pack=%s",
                    "https://-%s/x",
                    "https://user:%s@h/x",
                    "file://%s",
                    "git://h%s",
                    "http://h%s",
                    "> <%s>",
                    "x>\n%s <y");

    @TempDir Path directory;

    @Test
    void nothingInAnAssignmentRunsAnything() throws Exception {
        var sandbox = new GitSandbox(directory);
        var workspaces = sandbox.open();
        var payloads = payloads(sandbox);
        long task = 0;
        for (var payload : payloads) {
            refused(workspaces, sandbox.assignment(++task, payload, null));
            refused(workspaces, sandbox.assignment(++task, sandbox.source.toString(), payload));
        }
        var worktree = workspaces.prepare(sandbox.assignment(++task));
        for (var payload : payloads) {
            var identity = Identity.environment(payload, payload);
            sandbox.git(worktree.path(), identity, "commit", "-q", "--allow-empty", "-m", "x");
        }

        assertThat(payloads.size() * 4).isGreaterThanOrEqualTo(300);
        assertThat(sandbox.canary).doesNotExist();
        assertThat(sandbox.names("workspaces")).containsExactly(task + "-a1");
        assertThat(sandbox.names("mirrors")).hasSize(1);
        assertThat(workspaces.work(worktree).orElseThrow().commits()).isEqualTo(payloads.size());
    }

    @Test
    void anIdentityGitWouldCallEmptyBecomesOneItTakes() {
        for (var text : List.of("", " ", "<>", ".,;", "\u0000", "\n")) {
            assertThat(Identity.environment(text, text))
                    .containsEntry("GIT_AUTHOR_NAME", "Muster")
                    .containsEntry("GIT_COMMITTER_EMAIL", "muster@localhost");
        }
    }

    /** The rule in the protocol is written by hand; the program it protects has the last word. */
    @Property(tries = 150, seed = "20266")
    void gitTakesEveryBranchNameThatIsAccepted(
            @ForAll @StringLength(min = 1, max = 6) @CharRange(from = '!', to = 'Ͽ') String name)
            throws Exception {
        for (var candidate : List.of(name, name.replaceAll("[^A-Za-z./@-]", "/"), "a/" + name)) {
            if (BranchName.faultIn(candidate).isEmpty()) {
                var process =
                        new ProcessBuilder("git", "check-ref-format", "--branch", candidate)
                                .redirectErrorStream(true)
                                .start();
                assertThat(process.waitFor()).as(candidate).isZero();
            }
        }
    }

    private static Set<String> payloads(GitSandbox sandbox) {
        var payloads = new LinkedHashSet<String>();
        for (var shape : SHAPES) {
            payloads.add(shape.formatted(sandbox.trap));
            payloads.add(shape.formatted("touch " + sandbox.canary));
        }
        return payloads;
    }

    private static void refused(Workspaces workspaces, Assignment assignment) throws Exception {
        try {
            var made = workspaces.prepare(assignment);
            fail("made " + made + " from " + assignment);
        } catch (WorkspaceFailure e) {
            assertThat(e.getMessage()).isNotBlank().hasSizeLessThan(1000);
            assertThat(e.getMessage().codePoints()).noneMatch(Character::isISOControl);
        }
    }
}
