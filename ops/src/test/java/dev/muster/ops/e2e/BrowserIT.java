package dev.muster.ops.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.muster.ops.harness.Api;
import dev.muster.ops.harness.Eventually;
import dev.muster.ops.harness.OneMachine;
import dev.muster.ops.harness.Sandbox;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** People at the terminal of a running task, in real browsers ({@code src/test/web}). */
final class BrowserIT {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String PASSWORD = "wrong mule charger paperclip";

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path root;

    private Sandbox sandbox;

    @BeforeEach
    void sandbox() throws Exception {
        assumeTrue(Files.isExecutable(chromium()), "needs Chromium at " + chromium());
        sandbox = Sandbox.in(root).with("MUSTER_DISPATCH_LOAD_THRESHOLD", "100");
    }

    @AfterEach
    void clear() throws Exception {
        if (sandbox != null) {
            sandbox.close();
        }
    }

    @Test
    void oneTypesIntoBashAnotherWatchesAndTakesOverAndBothSeeTheSame() throws Exception {
        var muster = OneMachine.up(sandbox);
        var api = muster.api();
        api.project(
                "shop",
                Map.of("name", "talk", "command", "PS1='$ ' bash --norc -i", "timeout", 600));
        var task = api.task("shop", "talk");
        api.awaitStatus(task, LONG, Set.of("RUNNING"));
        maintainer(muster, "max");

        var browser = browser("terminal", muster, task, "max", PASSWORD);

        assertThat(browser).isEmpty();
        // what people have seen is stored a moment later
        Eventually.holds(
                "the log is whole",
                LONG,
                () -> String.join("\n", api.log(task)).contains("five-46"));
        assertThat(String.join("\n", api.log(task))).doesNotContain("never-2");
        muster.stop();
    }

    /** A program prints a corpus of escape sequences, and notes what it is sent until an @. */
    @Test
    void whatAProgramPrintsIsAnsweredOnceAndReachesNothingElse() throws Exception {
        var corpus = root.resolve("corpus");
        var rounds = Files.createDirectory(root.resolve("rounds"));
        var program =
                Files.writeString(
                        root.resolve("print.sh"),
                        """
                        stty raw -echo
                        until [ -e "$1" ]; do sleep 0.1; done
                        cat "$1"
                        printf 'corpus printed\r\n'
                        for round in live again older; do
                            : >"$2/$round.new"
                            while IFS= read -r -N 1 one && [ "$one" != @ ]; do
                                printf %s "$one" >>"$2/$round.new"
                            done
                            mv "$2/$round.new" "$2/$round"
                        done
                        """);
        var muster = OneMachine.up(sandbox);
        var api = muster.api();
        var command = "bash %s %s %s".formatted(program, corpus, rounds);
        api.project("shop", Map.of("name", "print", "command", command, "timeout", 600));
        var task = api.task("shop", "print");
        api.awaitStatus(task, LONG, Set.of("RUNNING"));

        var browser = browser("escapes", muster, task, corpus.toString(), rounds.toString());

        assertThat(browser).isEmpty();
        api.awaitStatus(task, LONG, Set.of("COMPLETED"));
        muster.stop();
    }

    /** Of a log beyond its limit the middle is not there, and whoever looks back is told so. */
    @Test
    @Tag("fault")
    void olderOutputOfALongLogIsShownDownToItsBeginning() throws Exception {
        var muster = OneMachine.up(sandbox);
        var api = muster.api();
        var limit = Map.of("settings", Map.of("logs.perAttempt", 1));
        Api.expect(200, api.put("/api/admin/settings", limit));
        api.project("shop", Map.of("name", "count", "command", "seq 1 300000"));
        var task = api.task("shop", "count");
        api.awaitStatus(task, LONG, Set.of("COMPLETED"));

        var browser = browser("older", muster, task, "300000");

        assertThat(browser).isEmpty();
        muster.stop();
    }

    /** A person who looks after the project, with a password of their own. */
    private static void maintainer(OneMachine muster, String name) throws Exception {
        var api = muster.api();
        var person = Map.of("name", name, "gitName", name, "gitEmail", name + "@example.com");
        var made = Api.expect(201, api.post("/api/admin/developers", person));
        Api.expect(
                201,
                api.post(
                        "/api/web/projects/shop/members",
                        Map.of("developerId", made.get("id").longValue(), "role", "maintainer")));
        try (var theirs = new Api(muster.address())) {
            var oneTime = made.get("oneTimePassword").textValue();
            var login =
                    Api.expect(
                            200,
                            theirs.post(
                                    "/api/auth/login",
                                    Map.of("username", name, "password", oneTime)));
            theirs.as(login.get("accessToken").textValue());
            var change = Map.of("currentPassword", oneTime, "newPassword", PASSWORD);
            assertThat(theirs.put("/api/web/profile/password", change).status()).isEqualTo(204);
        }
    }

    /** What that script of the browsers complains of, which is at the task as the admin. */
    private static String browser(String name, OneMachine muster, long task, String... more)
            throws Exception {
        var script = Path.of("target/browser", name + ".mjs").toAbsolutePath();
        var output = Files.createTempFile("browser", ".out");
        var command = new ArrayList<>(List.of("node", script.toString()));
        var address = muster.address().toString();
        command.addAll(List.of(address, Long.toString(task), "admin", muster.password()));
        command.addAll(List.of(more));
        var process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        try {
            if (!process.waitFor(120, TimeUnit.SECONDS)) {
                return "the browsers are not done: " + Files.readString(output);
            }
            var said = Files.readString(output);
            return process.exitValue() == 0 ? said : "exit " + process.exitValue() + ": " + said;
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            Files.delete(output);
        }
    }

    private static Path chromium() {
        return Path.of(System.getProperty("muster.chromium", "/usr/bin/chromium"));
    }
}
