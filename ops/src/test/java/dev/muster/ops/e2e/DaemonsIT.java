package dev.muster.ops.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.ops.harness.Api;
import dev.muster.ops.harness.Eventually;
import dev.muster.ops.harness.Ports;
import dev.muster.ops.harness.RunningProcess;
import dev.muster.ops.harness.Sandbox;
import dev.muster.ops.harness.Started;
import dev.muster.ops.harness.Viewer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A coordinator and two workers as separate daemons, one joined by the gateway alone and one in the
 * cluster: the coordinator dies, the others work on.
 */
final class DaemonsIT {

    private static final Duration LONG = Duration.ofSeconds(90);

    /** Within which a worker is heard of again once its coordinator is back. */
    private static final Duration BACK = Duration.ofSeconds(30);

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
    private int clusterPort;

    @BeforeEach
    void sandbox() throws Exception {
        sandbox =
                Sandbox.in(root)
                        .with("MUSTER_SLOTS", "1")
                        // a task that no heartbeat named before the outage may go on for as long
                        .with("MUSTER_LEASE_START_DEADLINE", "5m");
        port = Ports.free();
        clusterPort = Ports.free();
    }

    @AfterEach
    void clear() throws Exception {
        sandbox.close();
    }

    @Test
    void tasksRunOnUndisturbedWhileTheirCoordinatorIsKilledAndStartedAgain() throws Exception {
        var coordinator = coordinator();
        var api = signedIn();
        var token = enrolmentToken(api, false);
        var byGateway = worker("a worker", "gateway", token);
        var inCluster = worker("a member", "cluster", enrolmentToken(api, true));
        // one slot each, so one task each
        var tasks = List.of(counting(api, "one"), counting(api, "two"));
        var viewers = tasks.stream().map(task -> new Viewer(task.id())).toList();
        for (var viewer : viewers) {
            viewer.connect(address(), api);
        }

        coordinator.kill();
        coordinator.awaitExit(Duration.ofSeconds(10));
        for (var viewer : viewers) {
            viewer.awaitClosed(LONG);
        }
        Eventually.holds("its database ended too", LONG, () -> databases().isEmpty());
        for (var task : tasks) {
            var missed = task.count();
            Eventually.holds("the stage counts on", LONG, () -> task.count() > missed + 20);
        }

        coordinator = coordinator();
        var again = signedIn();
        for (var viewer : viewers) {
            viewer.connect(address(), again);
        }
        for (var task : tasks) {
            var arrived = again.log(task.id()).size();
            Eventually.holds("the log grows", BACK, () -> again.log(task.id()).size() > arrived);
            assertThat(again.task(task.id()).get("status").textValue()).isEqualTo("RUNNING");
            assertThat(stageProcess(task.name())).as("undisturbed").isEqualTo(task.process());
            Files.createFile(stop(task.name()));
        }

        var machines = new HashSet<String>();
        for (var task : tasks) {
            var end = again.awaitEnd(task.id(), LONG);
            assertThat(end.get("status").textValue()).as(end.toString()).isEqualTo("COMPLETED");
            assertThat(end.get("attempt").intValue()).isOne();
            assertThat(printed(again.log(task.id())))
                    .containsExactlyElementsOf(lines(task.count()));
            machines.add(end.get("machineId").textValue());
        }
        for (int i = 0; i < viewers.size(); i++) {
            var viewer = viewers.get(i);
            viewer.awaitClosed(LONG);
            assertThat(printed(viewer.text().lines().toList()))
                    .as("each byte once, over two connections")
                    .containsExactlyElementsOf(lines(tasks.get(i).count()));
            viewer.close();
        }
        assertThat(machines).as("a task on each").hasSize(2);
        assertThat(again.machines()).hasSize(2);

        assertATokenIsGoodForOneMachine(again, token);

        var head = assertTheAuditLogIsWhole();

        for (var worker : List.of(byGateway, inCluster)) {
            worker.terminate();
            assertThat(worker.awaitExit(LONG)).as(worker.output()).isZero();
        }
        coordinator.terminate();
        assertThat(coordinator.awaitExit(LONG)).as(coordinator.output()).isZero();
        sandbox.assertNothingRuns(Duration.ofSeconds(1));
        assertTheAuditLogCanBeCheckedWithoutACoordinator(head);
    }

    private String assertTheAuditLogIsWhole() throws Exception {
        var verify = sandbox.muster("audit", "verify", "--data=" + sandbox.data());
        assertThat(verify.awaitExit(LONG)).as(verify.output()).isZero();
        return verify.awaitLine("is whole: .* Head: (\\d+:[0-9a-f]{64})", LONG).group(1);
    }

    private void assertTheAuditLogCanBeCheckedWithoutACoordinator(String head) throws Exception {
        var later = "1000000" + head.substring(head.indexOf(':'));
        var verify =
                sandbox.muster(
                        "audit",
                        "verify",
                        "--data=" + sandbox.data(),
                        "--head=" + head,
                        "--head=" + later,
                        "--output=json");

        assertThat(verify.awaitExit(LONG)).as(verify.output()).isEqualTo(3);
        assertThat(verify.output()).contains("\"whole\":false").contains("\"how\":\"truncated\"");
        sandbox.assertNothingRuns(Duration.ofSeconds(1));
    }

    private void assertATokenIsGoodForOneMachine(Api api, String used) throws Exception {
        var second = startWorker("second", "gateway", used);

        assertThat(second.awaitExit(LONG)).as(second.output()).isEqualTo(1);
        assertThat(second.output()).containsIgnoringCase("token").doesNotContain(used);
        assertThat(api.machines()).hasSize(2);

        // nothing of that stands in the way of a good one, which is not good for the cluster
        var third = startWorker("second", "cluster", enrolmentToken(api, false));
        assertThat(third.awaitExit(LONG)).as(third.output()).isEqualTo(1);
        assertThat(third.output()).contains("gateway");
        assertThat(api.machines()).hasSize(3);
    }

    // ---- words ---------------------------------------------------------------------------------

    private Started coordinator() throws Exception {
        var started =
                sandbox.muster(
                        "coordinator",
                        "--data=" + sandbox.data(),
                        "--port=" + port,
                        "--management-port=0",
                        "--cluster-port=" + clusterPort);
        started.awaitLine("coordinator started", LONG);
        return started;
    }

    private URI address() {
        return URI.create("http://127.0.0.1:" + port);
    }

    private Api signedIn() throws Exception {
        var api = new Api(address());
        var password = Files.readString(sandbox.data().resolve("admin-password")).strip();
        Api.expect(200, api.login(password));
        return api;
    }

    private static String enrolmentToken(Api api, boolean cluster) throws Exception {
        var answer =
                api.post("/api/admin/worker-tokens", Map.of("label", "e2e", "cluster", cluster));
        return Api.expect(201, answer).get("token").textValue();
    }

    private Started worker(String name, String transport, String token) throws Exception {
        var started = startWorker(name, transport, token);
        started.awaitLine("worker started", LONG);
        return started;
    }

    private Started startWorker(String name, String transport, String token) throws IOException {
        return sandbox.muster(
                "worker",
                "--transport=" + transport,
                // from an address kept for documents by RFC 5737 no cluster can be joined
                "--cluster-host=" + (transport.equals("cluster") ? "127.0.0.1" : "192.0.2.1"),
                "--server=http://127.0.0.1:" + port,
                "--token=" + token,
                "--name=" + name,
                "--data=" + root.resolve(name));
    }

    /** A running task, the shell of its stage, and the file in which that counts. */
    private record Counting(long id, String name, RunningProcess process, Path counted) {

        /** How far the stage is; 0 in the moment when it writes that down. */
        int count() throws IOException {
            var text = Files.readString(counted).strip();
            return text.isEmpty() ? 0 : Integer.parseInt(text);
        }
    }

    private Counting counting(Api api, String name) throws Exception {
        var counted = root.resolve("counted-" + name);
        var environment = Map.of("STOP", stop(name).toString(), "COUNT", counted.toString());
        api.project(
                "counting-" + name, Map.of("name", name, "command", COUNTING, "env", environment));
        var id = api.task("counting-" + name, "counts on");
        Eventually.holds("its log arrives", LONG, () -> printed(api.log(id)).size() > 5);
        api.awaitStatus(id, LONG, Set.of("RUNNING"));
        return new Counting(id, name, stageProcess(name), counted);
    }

    private Path stop(String name) {
        return root.resolve("stop-" + name);
    }

    /** A shell looks like two for the moment in which it starts a program. */
    private RunningProcess stageProcess(String stage) throws Exception {
        return Eventually.value(
                "one shell runs the stage " + stage,
                LONG,
                () -> {
                    var shells =
                            sandbox.processes().stream()
                                    .filter(one -> runs(one, stage))
                                    .filter(one -> !one.command().startsWith("sleep"))
                                    .toList();
                    return shells.size() == 1
                            ? Optional.of(shells.getFirst())
                            : Optional.<RunningProcess>empty();
                });
    }

    private static boolean runs(RunningProcess process, String stage) {
        return process.environment().contains("MUSTER_STAGE=" + stage);
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
}
