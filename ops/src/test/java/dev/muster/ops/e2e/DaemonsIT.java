package dev.muster.ops.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A coordinator and a worker as separate daemons, joined by the gateway alone: one dies, the other
 * works on.
 */
final class DaemonsIT {

    private static final Duration LONG = Duration.ofSeconds(90);

    /** Prints a line every tenth of a second, and keeps count, until the file is there. */
    private static final String COUNTING =
            """
            n=0
            while [ ! -e "$STOP" ]; do
                n=$((n + 1)); echo "line $n"; echo "$n" > "$COUNT"; sleep 0.1
            done
            """;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path root;

    private Sandbox sandbox;
    private int port;

    @BeforeEach
    void sandbox() throws Exception {
        sandbox = Sandbox.in(root);
        port = freePort();
    }

    @AfterEach
    void clear() throws Exception {
        sandbox.close();
    }

    @Test
    void aTaskRunsOnUndisturbedWhileItsCoordinatorIsKilledAndStartedAgain() throws Exception {
        var stop = root.resolve("stop");
        var coordinator = coordinator();
        var api = signedIn();
        api.project(
                "counting",
                Map.of(
                        "name",
                        "count",
                        "command",
                        COUNTING,
                        "env",
                        Map.of("STOP", stop.toString(), "COUNT", counted().toString())));
        var token = enrolmentToken(api);
        var worker = worker("a worker", token);
        var id = api.task("counting", "counts on");
        Eventually.holds("its log arrives", LONG, () -> printed(api.log(id)).size() > 5);
        api.awaitStatus(id, LONG, Set.of("RUNNING"));
        var stage = stageProcess();

        coordinator.kill();
        coordinator.awaitExit(Duration.ofSeconds(10));
        Eventually.holds("its database ended too", LONG, () -> databases().isEmpty());
        var missed = count();
        Eventually.holds("the stage counts on", LONG, () -> count() > missed + 20);

        coordinator = coordinator();
        var again = signedIn();
        var arrived = again.log(id).size();
        Eventually.holds("the log grows again", LONG, () -> again.log(id).size() > arrived);
        assertThat(again.task(id).get("status").textValue()).isEqualTo("RUNNING");
        assertThat(stageProcess()).as("the same process, undisturbed").isEqualTo(stage);
        Files.createFile(stop);

        var task = again.awaitEnd(id, LONG);
        assertThat(task.get("status").textValue()).as(task.toString()).isEqualTo("COMPLETED");
        assertThat(task.get("attempt").intValue()).isOne();
        assertThat(printed(again.log(id))).containsExactlyElementsOf(lines(count()));
        assertThat(again.machines()).hasSize(1);

        assertATokenIsGoodForOneMachine(again, token);

        worker.terminate();
        assertThat(worker.awaitExit(LONG)).as(worker.output()).isZero();
        coordinator.terminate();
        assertThat(coordinator.awaitExit(LONG)).as(coordinator.output()).isZero();
        sandbox.assertNothingRuns(Duration.ofSeconds(1));
    }

    private void assertATokenIsGoodForOneMachine(Api api, String used) throws Exception {
        var second = startWorker("second", used);

        assertThat(second.awaitExit(LONG)).as(second.output()).isEqualTo(1);
        assertThat(second.output()).containsIgnoringCase("token").doesNotContain(used);
        assertThat(api.machines()).hasSize(1);

        // nothing of that stands in the way of a good one
        var third = worker("second", enrolmentToken(api));
        assertThat(api.machines()).hasSize(2);
        third.terminate();
        assertThat(third.awaitExit(LONG)).as(third.output()).isZero();
    }

    // ---- words ---------------------------------------------------------------------------------

    private Started coordinator() throws Exception {
        var started =
                sandbox.muster(
                        "coordinator",
                        "--data=" + sandbox.data(),
                        "--port=" + port,
                        "--management-port=0",
                        "--cluster-port=0");
        started.awaitLine("coordinator started", LONG);
        return started;
    }

    private Api signedIn() throws Exception {
        var api = new Api(URI.create("http://127.0.0.1:" + port));
        var password = Files.readString(sandbox.data().resolve("admin-password")).strip();
        Api.expect(200, api.login(password));
        return api;
    }

    private static String enrolmentToken(Api api) throws Exception {
        var answer = api.post("/api/admin/worker-tokens", Map.of("label", "e2e"));
        return Api.expect(201, answer).get("token").textValue();
    }

    private Started worker(String name, String token) throws Exception {
        var started = startWorker(name, token);
        started.awaitLine("worker started", LONG);
        return started;
    }

    private Started startWorker(String name, String token) throws IOException {
        return sandbox.muster(
                "worker",
                "--transport=gateway",
                // kept for documents by RFC 5737, never an address of this machine: from there no
                // cluster can be joined
                "--cluster-host=192.0.2.1",
                "--server=http://127.0.0.1:" + port,
                "--token=" + token,
                "--name=" + name,
                "--data=" + root.resolve(name));
    }

    private Path counted() {
        return root.resolve("counted");
    }

    /** How far the stage is; 0 in the moment when it writes that down. */
    private int count() throws IOException {
        var text = Files.readString(counted()).strip();
        return text.isEmpty() ? 0 : Integer.parseInt(text);
    }

    private RunningProcess stageProcess() throws IOException {
        var shells =
                sandbox.processes().stream()
                        .filter(process -> process.environment().contains("MUSTER_STAGE=count"))
                        .filter(process -> !process.command().startsWith("sleep"))
                        .toList();
        assertThat(shells).as("shells among %s", sandbox.processes()).hasSize(1);
        return shells.getFirst();
    }

    private List<RunningProcess> databases() throws IOException {
        return sandbox.processes().stream()
                .filter(process -> process.directory().contains("/postgres/"))
                .toList();
    }

    /** What the stage printed, without the prompt and the marks around it. */
    private static List<String> printed(List<String> log) {
        return log.stream()
                .map(line -> line.replaceAll("\033][^\007]*\007", ""))
                .filter(line -> line.startsWith("line "))
                .toList();
    }

    private static List<String> lines(int count) {
        var lines = new ArrayList<String>();
        for (var n = 1; n <= count; n++) {
            lines.add("line " + n);
        }
        return lines;
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
