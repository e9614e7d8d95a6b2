package dev.muster.ops.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import dev.muster.ops.harness.Api;
import dev.muster.ops.harness.Eventually;
import dev.muster.ops.harness.OneMachine;
import dev.muster.ops.harness.RunningProcess;
import dev.muster.ops.harness.Sandbox;
import dev.muster.ops.harness.Viewer;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A person looks into the workspace of a task, and tunnels into it, on a real machine. */
final class WorkspacesIT {

    private static final Duration LONG = Duration.ofSeconds(60);

    /** Ways to say that one goes up, as sent in an address. */
    private static final List<String> UP =
            List.of(
                    "../",
                    "..%2f",
                    "%2e%2e/",
                    "%2e%2e%2f",
                    ".%2e/",
                    "%2e./",
                    "..%5c",
                    "..%255c",
                    "%252e%252e%252f",
                    "..%25252f",
                    "..%c0%af",
                    "%c0%ae%c0%ae/",
                    "..%ef%bc%8f",
                    "%ef%bc%8e%ef%bc%8e/",
                    "....//",
                    "..;/",
                    "..%00/",
                    "..%0d%0a/",
                    "/../",
                    "./../",
                    "link/../../",
                    "up/",
                    "%2f",
                    "//");

    private static final List<String> TARGETS =
            List.of("etc/passwd", "identity.json", "admin-password", ".git/config");

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    static Path root;

    private static Sandbox sandbox;
    private static OneMachine muster;
    private static Api api;
    private static long task;

    @BeforeAll
    static void up() throws Exception {
        var java = Path.of(System.getProperty("java.home"), "bin/java");
        sandbox =
                Sandbox.in(root)
                        .with("MUSTER_LOCAL_REPOSITORIES", root.toString())
                        .with(
                                "MUSTER_TUNNEL_CUSTOM",
                                "'%s' -cp '%s' %s {path}"
                                        .formatted(
                                                java,
                                                Path.of("target/test-classes").toAbsolutePath(),
                                                LocalTunnel.class.getName()))
                        .with("MUSTER_TUNNEL_CODE", "no-such-program");
        var repository = Files.createDirectory(root.resolve("repository"));
        Files.writeString(repository.resolve("readme.txt"), "one\n");
        git(repository, "init", "-q", "-b", "main");
        git(repository, "add", "-A");
        git(repository, "commit", "-q", "-m", "first");
        muster = OneMachine.up(sandbox);
        api = muster.api();
        Api.expect(
                201,
                api.post(
                        "/api/admin/projects",
                        Map.of(
                                "key",
                                "shop",
                                "name",
                                "shop",
                                "repoUrl",
                                repository.toString(),
                                "pipeline",
                                List.of(
                                        Api.stage(
                                                "work",
                                                "echo two >> readme.txt; ln -s / up; ln -s"
                                                        + " readme.txt link; echo ready;"
                                                        + " until [ -e done ]; do sleep"
                                                        + " 0.1; done")))));
        task = started();
    }

    private static void git(Path directory, String... arguments) throws Exception {
        var command = new ArrayList<>(List.of("git", "-c", "user.name=a"));
        command.addAll(List.of("-c", "user.email=a@example.org"));
        command.addAll(List.of(arguments));
        var process = new ProcessBuilder(command).directory(directory.toFile()).start();
        assertThat(process.waitFor()).isZero();
    }

    private static long started() throws Exception {
        var id = api.task("shop", "look at me");
        Eventually.holds(
                "it is at work",
                LONG,
                () -> api.log(id).stream().anyMatch(line -> line.endsWith("ready")));
        return id;
    }

    @AfterAll
    static void down() throws Exception {
        try {
            muster.stop();
        } finally {
            sandbox.close();
        }
    }

    private static JsonNode look(String what) throws Exception {
        return Api.expect(200, api.get("/api/web/workspaces/" + task + what));
    }

    @Test
    void aWorkspaceIsSeenWhileItsTaskRuns() throws Exception {
        var seen = look("");
        assertThat(seen.get("state").textValue()).isEqualTo("live");
        assertThat(seen.get("branch").textValue()).isEqualTo("muster/" + task + "-a1");
        assertThat(seen.get("base")).isEqualTo(seen.get("head"));
        assertThat(seen.at("/dirty/files").findValuesAsText("path"))
                .containsExactlyInAnyOrder("readme.txt", "up", "link");

        assertThat(look("/tree").get("entries").findValuesAsText("path"))
                .containsExactly("link", "readme.txt", "up");
        assertThat(look("/file?path=readme.txt&offset=4").get("content").textValue())
                .isEqualTo("two\n");
        assertThat(look("/diff?path=readme.txt").get("diff").textValue()).contains("\n+two\n");
    }

    @Test
    void noSpellingOfAPathLeadsOutOfIt() throws Exception {
        var secrets =
                List.of("root:x:", muster.password(), "recoverySecret", "repositoryformatversion");
        int asked = 0;
        for (var up : UP) {
            for (var target : TARGETS) {
                var path = up.repeat(target.startsWith(".git") ? 1 : 3) + target;
                var reply = api.get("/api/web/workspaces/" + task + "/file?path=" + path);
                // a machine may stay silent where the bus loses what it answers
                assertThat(reply.status()).as(path).isIn(400, 404, 409, 504);
                assertThat(reply.text()).as(path).doesNotContain(secrets);
                asked++;
            }
            var patch = api.get("/api/web/workspaces/" + task + "/diff?path=" + up + "etc/passwd");
            assertThat(patch.status()).as(up).isIn(200, 400, 504);
            assertThat(patch.text()).as(up).doesNotContain(secrets);
        }
        assertThat(asked).isGreaterThan(80);
    }

    @Test
    void aTunnelLeadsIntoTheWorkspaceAndEndsWithItsTask() throws Exception {
        var id = started();
        var address = "/api/web/workspace-tunnel/" + id;
        var missing = api.post(address + "/start", Map.of("template", "code"));
        assertThat(missing.status()).isEqualTo(409);
        assertThat(missing.json().get("code").textValue()).isEqualTo("tunnel_program_missing");
        assertThat(missing.json().get("detail").textValue()).contains("no-such-program");

        Api.expect(201, api.post(address + "/start", Map.of("template", "custom", "hours", 1)));
        var connection =
                Eventually.value(
                        "it is connected",
                        LONG,
                        () ->
                                Optional.ofNullable(
                                        Api.expect(200, api.get(address + "/status"))
                                                .get("connection")));

        var at = URI.create(connection.textValue());
        try (var socket = new Socket(at.getHost(), at.getPort())) {
            assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
                    .isEqualTo("one\ntwo\n");
        }
        assertThat(tunnels()).isEqualTo(1);
        Api.expect(200, api.post("/api/web/tasks/" + id + "/cancel", ""));
        Eventually.holds("nothing of it is alive", Duration.ofSeconds(10), () -> tunnels() == 0);
        Eventually.holds(
                "its machine tells that it is closed",
                LONG,
                () ->
                        Api.expect(200, api.get(address + "/status"))
                                .get("state")
                                .textValue()
                                .equals("CLOSED"));
        assertThat(api.post(address + "/start", Map.of()).status()).isEqualTo(409);
        var kept = Api.expect(200, api.get("/api/web/workspaces/" + id));
        assertThat(kept.get("state").textValue()).isEqualTo("kept");
        assertThat(kept.has("keptUntil")).isTrue();
    }

    @Test
    void aShellIsOpenedInTheWorkspaceOfATaskThatFailed() throws Exception {
        Api.expect(
                201,
                api.post(
                        "/api/admin/projects",
                        Map.of(
                                "key",
                                "broken",
                                "name",
                                "broken",
                                "repoUrl",
                                root.resolve("repository").toString(),
                                "pipeline",
                                List.of(Api.stage("work", "echo two >> readme.txt; exit 3")))));
        var id = api.task("broken", "why does it fail");
        api.awaitStatus(id, LONG, Set.of("FAILED"));
        var address = "/api/web/tasks/" + id + "/terminals";

        var opened = Api.expect(201, api.post(address, Map.of("columns", 100, "rows", 40)));
        var name = opened.get("terminalId").textValue();
        try (var viewer = new Viewer(id, name)) {
            viewer.connect(muster.address(), api);
            Eventually.holds(
                    "it is there, and its opener types",
                    LONG,
                    () ->
                            !viewer.text().isEmpty()
                                    && Api.expect(200, api.get(address))
                                            .at("/items/1/viewers/0/mode")
                                            .asText()
                                            .equals("control"));
            viewer.type("git status --short | cat; stty size; cat readme.txt\r");

            Eventually.holds(
                    "it shows what the task left",
                    LONG,
                    () -> viewer.text().contains(" M readme.txt\r\n40 100\r\none\r\ntwo\r\n"));
            var listed = Api.expect(200, api.get(address)).get("items");
            assertThat(listed.findValuesAsText("terminalId")).containsExactly("main", name);

            assertThat(api.delete(address + "/" + name).status()).isEqualTo(204);
            viewer.awaitClosed(LONG);
        }
        var ended = Api.expect(200, api.get(address)).get("items").get(1);
        assertThat(ended.get("state").textValue()).isEqualTo("ended");
        assertThat(api.post("/api/web/tasks/" + id + "/pty-token", Map.of("terminalId", name)))
                .satisfies(refused -> assertThat(refused.status()).isEqualTo(409));
        assertThat(String.join("\n", api.log(id))).doesNotContain("git status");
    }

    private static long tunnels() throws Exception {
        return RunningProcess.all().stream()
                .filter(process -> process.command().contains(LocalTunnel.class.getName()))
                .filter(process -> process.command().contains(root.toString()))
                .count();
    }
}
