package dev.muster.ops.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.muster.ops.harness.Api;
import dev.muster.ops.harness.OneMachine;
import dev.muster.ops.harness.Sandbox;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Requests that cannot be meant, or mean harm, on one machine that is up. */
final class RefusedRequestIT {

    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    static Path root;

    private static Sandbox sandbox;
    private static OneMachine muster;
    private static Api api;
    private static Path allowed;

    @BeforeAll
    static void up() throws Exception {
        sandbox = Sandbox.in(root);
        allowed = Files.createDirectory(root.resolve("repositories"));
        sandbox.with("MUSTER_LOCAL_REPOSITORIES", allowed.toString());
        muster = OneMachine.up(sandbox);
        api = muster.api();
    }

    @AfterAll
    static void down() throws Exception {
        try {
            muster.stop();
        } finally {
            sandbox.close();
        }
    }

    // ---- refused at once -----------------------------------------------------------------------

    @Test
    void anUnknownStageFieldAndAnUnknownVariableAreBothNamed() throws Exception {
        var pipeline =
                List.of(
                        Map.of("name", "a", "command", "true", "retrys", 3),
                        Map.of("name", "b", "command", "echo {descripton}"));

        var problem = refusedProject(Map.of("pipeline", pipeline));

        assertThat(problem.get("errors").findValuesAsText("pointer"))
                .containsExactlyInAnyOrder("/pipeline/0/retrys", "/pipeline/1/command");
        assertThat(problem.get("errors").findValuesAsText("code"))
                .containsExactlyInAnyOrder("unknown_field", "unknown_variable");
        assertThat(problem.toString()).contains("'retrys'").contains("{descripton}");
    }

    @Test
    void aBranchThatIsAnOptionIsNoBranch() throws Exception {
        var problem =
                refusedProject(
                        Map.of(
                                "repoUrl", "https://git.example.org/a.git",
                                "defaultBranch", "--upload-pack=x"));

        assertThat(problem.get("errors").findValuesAsText("pointer"))
                .containsExactly("/defaultBranch");
        assertThat(problem.toString()).contains("--upload-pack=x");
    }

    @Test
    void anAddressThatRunsAProgramOrClimbsIsNoRepository() throws Exception {
        for (var address :
                List.of(
                        "ext::sh -c id",
                        "-oProxyCommand=id",
                        "ssh://-oProxyCommand=id/x",
                        allowed + "/../forbidden")) {
            var problem = refusedProject(Map.of("repoUrl", address));

            assertThat(problem.get("errors").findValuesAsText("pointer"))
                    .as(address)
                    .containsExactly("/repoUrl");
        }
    }

    @Test
    void aWrongPasswordIsNoPassword() throws Exception {
        try (var stranger = new Api(muster.address())) {
            var problem = Api.expect(401, stranger.login("not it"));

            assertThat(problem.get("error").textValue()).isNotBlank();
            assertThat(problem.toString()).doesNotContain("not it");
            assertThat(stranger.get("/api/web/tasks").status()).isEqualTo(401);
        }
    }

    @Test
    void aBodyOfTwoMebibytesIsTooLarge() throws Exception {
        api.project("large", Api.stage("a", "true"));
        var before = api.count("/api/web/tasks?project=large");
        var body = Map.of("projectKey", "large", "description", "x".repeat(2 * 1024 * 1024));

        var problem = Api.expect(413, api.post("/api/web/tasks", body));

        assertThat(problem.get("error").textValue()).isNotBlank();
        assertThat(api.count("/api/web/tasks?project=large")).isEqualTo(before);
    }

    @Test
    void aSecondMusterInTheSameDirectoryIsSentAway() throws Exception {
        var before = sandbox.pids();

        var second = sandbox.muster("up", "--data", sandbox.data().toString(), "--port", "0");

        assertThat(second.awaitExit(LONG)).as(second.output()).isEqualTo(1);
        assertThat(second.output())
                .startsWith("muster: ")
                .contains(sandbox.data().toString())
                .contains(Long.toString(muster.process().pid()));
        assertThat(sandbox.pids()).containsAll(before);
        assertThat(Api.expect(200, api.get("/api/health")).get("ready").booleanValue()).isTrue();
    }

    // ---- refused by the machine ----------------------------------------------------------------

    @Test
    void aRepositoryThatIsNotThereFailsTheTaskWithGitsReason() throws Exception {
        // an https server that speaks no TLS is one that git cannot clone from
        var url = "https://127.0.0.1:" + muster.address().getPort() + "/nothing.git";
        repositoryProject("absent", url);

        var task = api.awaitEnd(api.task("absent", "cannot begin"), LONG);

        assertWorkspaceFailed(task);
        assertThat(task.get("detail").textValue()).contains(url).containsPattern("fatal|TLS|SSL");
    }

    @Test
    void aDirectoryThatTheOperatorDidNotListIsNoRepository() throws Exception {
        var forbidden = Files.createDirectory(root.resolve("forbidden"));
        var link = Files.createSymbolicLink(allowed.resolve("link"), forbidden);
        for (var path : List.of(forbidden, link)) {
            var key = path.getFileName().toString();
            repositoryProject(key, path.toString());

            var task = api.awaitEnd(api.task(key, "must not begin"), LONG);

            assertWorkspaceFailed(task);
            assertThat(task.get("detail").textValue()).contains("local repositories");
        }
    }

    @Test
    void aHostileDescriptionStaysData() throws Exception {
        var canary = root.resolve("canary");
        var hostile =
                List.of(
                        "\"; touch '%s'; echo \"",
                        "'; touch '%s'; '",
                        "$(touch '%s')",
                        "`touch '%s'`",
                        "first line\n touch '%s'\n",
                        "\u0004\u0003\u0015 touch '%s'\r\n",
                        "%%s {branch} ${IFS} $IFS \\\\ \\' * ~ ! \u202e é 木 🚀",
                        "--help");
        var kept = root.resolve("kept");
        api.project(
                "hostile",
                Map.of(
                        "name", "keep",
                        "command", "printf %s {description} > \"$KEPT\"; echo {description}",
                        "env", Map.of("KEPT", kept.toString())),
                Map.of(
                        "name", "again",
                        "command", "printf %s {description} | cmp - \"$KEPT\"",
                        "env", Map.of("KEPT", kept.toString())));
        for (var pattern : hostile) {
            var description = pattern.formatted(canary);

            var task = api.awaitEnd(api.task("hostile", description), LONG);

            assertThat(task.get("status").textValue()).as(task.toString()).isEqualTo("COMPLETED");
            assertThat(task.get("description").textValue()).isEqualTo(description);
            assertThat(Files.readString(kept)).isEqualTo(description);
            assertThat(canary).doesNotExist();
        }
    }

    // ---- words ---------------------------------------------------------------------------------

    /** Fields besides key and name; the project must be refused, and must not be there after. */
    private static JsonNode refusedProject(Map<String, Object> fields) throws Exception {
        var body = new HashMap<String, Object>(fields);
        body.put("key", "refused");
        body.put("name", "Refused");

        var problem = Api.expect(400, api.post("/api/admin/projects", body));

        assertThat(api.get("/api/admin/projects/refused").status()).isEqualTo(404);
        return problem;
    }

    private static void repositoryProject(String key, String url) throws Exception {
        var body =
                Map.of(
                        "key", key,
                        "name", key,
                        "repoUrl", url,
                        "pipeline", List.of(Api.stage("a", "touch made")));
        Api.expect(201, api.post("/api/admin/projects", body));
    }

    private static void assertWorkspaceFailed(JsonNode task) throws Exception {
        assertThat(task.get("status").textValue()).as(task.toString()).isEqualTo("FAILED");
        assertThat(task.get("reason").textValue()).isEqualTo("workspace_failed");
        var name = task.get("id").longValue() + "-a1";
        var left = new ArrayList<Path>();
        for (var place : List.of("workspaces", "repositories")) {
            try (var all = Files.list(sandbox.data().resolve("worker-1").resolve(place))) {
                all.filter(path -> path.getFileName().toString().contains(name)).forEach(left::add);
            }
        }
        assertThat(left).as("neither worktree nor branch").isEmpty();
    }
}
