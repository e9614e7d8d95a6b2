package dev.muster.ops.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.muster.ops.harness.Api;
import dev.muster.ops.harness.Eventually;
import dev.muster.ops.harness.OneMachine;
import dev.muster.ops.harness.RunningProcess;
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
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** One machine that is killed, or told to stop, in the middle of work. */
final class CrashIT {

    private static final Duration LONG = Duration.ofSeconds(60);

    /** What this stage starts outlives a hang-up and ignores a polite request. */
    private static final String CLINGING =
            """
            trap '' TERM HUP
            setsid sleep 701 &
            (trap '' TERM; while :; do sleep 1; done) &
            echo "began as $MUSTER_TASK_ID"
            touch "$BEGUN"
            while :; do sleep 702; done
            """;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path root;

    private Sandbox sandbox;
    private Path begun;

    @BeforeEach
    void sandbox() throws Exception {
        // one slot, so that a second task has to wait
        sandbox = Sandbox.in(root).with("MUSTER_SLOTS", "1");
        begun = root.resolve("begun");
    }

    @AfterEach
    void clear() throws Exception {
        sandbox.close();
    }

    @Test
    void aKilledWorkerIsStartedAgainAsTheSameMachine() throws Exception {
        var muster = OneMachine.up(sandbox);
        var api = muster.api();
        projects(api);
        var machine = machineOf(api);
        var victim = startClinging(api);
        var terminals = "/api/web/tasks/" + victim + "/terminals";
        Api.expect(201, api.post(terminals, Map.of()));
        Eventually.holds(
                "a shell runs beside the stage",
                LONG,
                () ->
                        stageProcesses().stream()
                                .anyMatch(one -> one.environment().contains("MUSTER_STAGE=shell")));

        sandbox.workers().getFirst().kill();

        muster.process().awaitLine("worker 1 ended .*starting it again", LONG);
        var after = api.awaitEnd(victim, LONG);
        assertThat(after.get("status").textValue()).isEqualTo("FAILED");
        assertThat(after.get("reason").textValue()).isEqualTo("worker_restarted");
        assertThat(after.get("detail").textValue()).isNotBlank();
        // reaped before the new daemon takes work, so before it told of the old one's lease
        assertThat(stageProcesses()).isEmpty();
        Eventually.holds(
                "its shell is known to be gone",
                LONG,
                () ->
                        Api.expect(200, api.get(terminals))
                                .at("/items/1/reason")
                                .asText()
                                .equals("worker_restarted"));
        assertWorksAs(api, machine);
        muster.stop();
    }

    @Test
    void aKilledCoordinatorTakesEverythingWithItAndComesBackWithEverything() throws Exception {
        var muster = OneMachine.up(sandbox);
        var api = muster.api();
        projects(api);
        var machine = machineOf(api);
        var password = muster.password();
        var earlier = api.awaitEnd(api.task("greeting", "before the crash"), LONG);
        var log = api.log(earlier.get("id").longValue());
        assertThat(String.join("\n", log)).contains("hello before the crash");
        var victim = startClinging(api);
        var waiting = api.task("greeting", "waits for its turn");

        assertThat(api.task(waiting).get("status").textValue()).isEqualTo("QUEUED");

        // what nobody has heard of yet may go with the worker
        var begun = "began as " + victim;
        Eventually.holds(
                "its log arrives", LONG, () -> String.join("\n", api.log(victim)).contains(begun));

        muster.kill(); // and nothing of it is left

        var again = OneMachine.up(sandbox);
        assertThat(again.process().output()).doesNotContain("First start");
        assertThat(again.password()).isEqualTo(password);
        assertThat(again.api().task(earlier.get("id").longValue())).isEqualTo(earlier);
        assertThat(again.api().log(earlier.get("id").longValue())).isEqualTo(log);
        var after = again.api().awaitEnd(victim, LONG);
        assertThat(after.get("status").textValue()).isEqualTo("FAILED");
        assertThat(after.get("reason").textValue()).isIn("worker_restarted", "worker_stopped");
        assertThat(String.join("\n", again.api().log(victim))).contains(begun);
        assertThat(again.api().awaitEnd(waiting, LONG).get("status").textValue())
                .isEqualTo("COMPLETED");
        assertWorksAs(again.api(), machine);
        again.stop();
    }

    @Test
    @Tag("fault")
    void aTermEndsRunningWorkAndSaysSo() throws Exception {
        var muster = OneMachine.up(sandbox);
        projects(muster.api());
        var victim = startClinging(muster.api());

        muster.stop(); // with 0, and nothing of it is left

        var again = OneMachine.up(sandbox);
        var after = again.api().task(victim);
        assertThat(after.get("status").textValue()).isEqualTo("FAILED");
        assertThat(after.get("reason").textValue()).isEqualTo("worker_stopped");
        // beside the log is what could not be sent in the time that a stop has
        Eventually.holds(
                "all it printed is there",
                LONG,
                () -> again.api().printed(victim).contains("began as " + victim));

        again.process().interruptGroup(); // Ctrl-C
        assertThat(again.process().awaitExit(OneMachine.STOP)).isZero();
        sandbox.assertNothingRuns(Duration.ofSeconds(1));
    }

    @Test
    @Tag("fault")
    void anInterruptedStartIsNotInTheWayOfTheNext() throws Exception {
        var muster = sandbox.muster("up", "--data", sandbox.data().toString(), "--port", "0");
        Eventually.holds(
                "PostgreSQL runs",
                LONG,
                () ->
                        sandbox.processes().stream()
                                .anyMatch(process -> process.command().contains("bin/postgres")));

        muster.terminate();

        assertThat(muster.awaitExit(OneMachine.STOP)).as(muster.output()).isZero();
        assertThat(muster.output()).doesNotContain("unexpected").doesNotContain("Exception");
        sandbox.assertNothingRuns(Duration.ofSeconds(1));

        // what a worker leaves that is killed before it has the answer to its enrolment
        var unfinished = Files.createDirectories(sandbox.data().resolve("worker-1"));
        Files.writeString(
                unfinished.resolve("identity.json"),
                "{\"machineId\":\"" + UUID.randomUUID() + "\"}");
        OneMachine.up(sandbox).stop();
    }

    // ---- words ---------------------------------------------------------------------------------

    private void projects(Api api) throws Exception {
        api.project(
                "clinging",
                Map.of(
                        "name",
                        "cling",
                        "command",
                        CLINGING,
                        "env",
                        Map.of("BEGUN", begun.toString())));
        api.project("greeting", Api.stage("greet", "echo hello {description}"));
    }

    private long startClinging(Api api) throws Exception {
        var id = api.task("clinging", "interrupted");
        api.awaitStatus(id, LONG, Set.of("RUNNING"));
        Eventually.holds("the stage has begun", LONG, () -> Files.exists(begun));
        Eventually.holds("its log arrived", LONG, () -> !api.log(id).isEmpty());
        return id;
    }

    private List<RunningProcess> stageProcesses() throws Exception {
        return sandbox.processes().stream()
                .filter(process -> process.environment().contains("MUSTER_COOKIE="))
                .toList();
    }

    private static String machineOf(Api api) throws Exception {
        assertThat(api.machines()).hasSize(1);
        return api.machines().getFirst().get("id").textValue();
    }

    private static void assertWorksAs(Api api, String machine) throws Exception {
        JsonNode task = api.awaitEnd(api.task("greeting", "after the crash"), LONG);
        assertThat(task.get("status").textValue()).as(task.toString()).isEqualTo("COMPLETED");
        assertThat(task.get("machineId").textValue()).isEqualTo(machine);
        assertThat(machineOf(api)).isEqualTo(machine);
    }
}
