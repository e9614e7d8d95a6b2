package dev.muster.ops.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.ops.harness.Api;
import dev.muster.ops.harness.OneMachine;
import dev.muster.ops.harness.Sandbox;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/** {@code muster demo}, the first thing anybody sees. */
final class DemoIT {

    private static final Duration LONG = Duration.ofMinutes(2);

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path root;

    private Sandbox sandbox;

    @BeforeEach
    void sandbox() throws Exception {
        sandbox = Sandbox.in(root);
    }

    @AfterEach
    void clear() throws Exception {
        sandbox.close();
    }

    @Test
    void itShowsATaskFromNothingToACommitAndLeavesNothing() throws Exception {
        var demo = sandbox.muster("demo");

        assertThat(demo.awaitExit(LONG)).as(demo.output()).isZero();
        assertThat(demo.output())
                .contains("Stage 1 of 3: survey")
                .contains("Stage 2 of 3: check")
                .contains("Stage 3 of 3: report")
                .containsPattern("7 states, all reachable; \\d+ moves allowed")
                .containsPattern("Task #1 COMPLETED in \\d+ s\\.")
                .contains("commits 1, files changed 1");
        sandbox.assertNothingRuns(Duration.ofSeconds(1));
        assertThat(sandbox.temporary()).isEmptyDirectory();
    }

    @Test
    @Tag("fault")
    void keptUpItCanBeLookedAtUntilCtrlC() throws Exception {
        var demo = sandbox.muster("demo", "--keep");
        var up = demo.awaitLine("Staying up at (\\S+); sign in as admin with (\\S+)", LONG);
        var directory = Path.of(demo.awaitLine("All of it is in ([^,]+),", LONG).group(1));

        try (var api = new Api(URI.create(up.group(1)))) {
            Api.expect(200, api.login(up.group(2)));
            assertThat(api.task(1).get("status").textValue()).isEqualTo("COMPLETED");
            assertThat(String.join("\n", api.log(1)))
                    .contains("The latest commits:")
                    .contains("Trying every move ...")
                    .contains("Report what the demonstration found");
            var work = api.task(1).get("work");
            assertThat(work.get("commits").intValue()).isOne();
            assertThat(showHead(directory, work.get("branch").textValue()))
                    .contains(work.get("head").textValue())
                    .contains("Report what the demonstration found")
                    .contains("+# What the demonstration found");
        }

        demo.interruptGroup();
        assertThat(demo.awaitExit(OneMachine.STOP)).as(demo.output()).isZero();
        assertThat(directory).doesNotExist();
        sandbox.assertNothingRuns(Duration.ofSeconds(1));
        assertThat(sandbox.temporary()).isEmptyDirectory();
    }

    /** The newest commit of {@code branch}, as git tells of it in the worker's repository. */
    private static String showHead(Path directory, String branch) throws Exception {
        var repository = directory.resolve("data/worker-1/repositories/1-a1.git");
        var git =
                new ProcessBuilder("git", "--git-dir=" + repository, "show", branch, "--")
                        .redirectErrorStream(true)
                        .start();
        try (var output = git.getInputStream()) {
            return new String(output.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError("git show", e);
        }
    }
}
