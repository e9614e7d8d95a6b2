package dev.muster.ops.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.muster.ops.harness.Api;
import dev.muster.ops.harness.Bus;
import dev.muster.ops.harness.Eventually;
import dev.muster.ops.harness.OneMachine;
import dev.muster.ops.harness.RunningProcess;
import dev.muster.ops.harness.Sandbox;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** Work on one machine with two workers: nothing fails here, but there is a lot of it. */
final class WorkIT {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final List<String> CHOICES = List.of("one", "two; $(false)");

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    static Path root;

    private static Sandbox sandbox;
    private static OneMachine muster;
    private static Api api;

    @BeforeAll
    static void up() throws Exception {
        // a journal far smaller than the flood, so that the terminal has to be paused
        sandbox = Sandbox.in(root).with("MUSTER_JOURNAL_LIMIT", "1MiB");
        muster = OneMachine.up(sandbox, "--workers", "2");
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

    @Test
    void aHundredTasksOnTwoWorkersRunOnceEach() throws Exception {
        var side = Files.createDirectory(root.resolve("side effects"));
        api.project(
                "hundred",
                Map.of(
                        "name", "count",
                        "command", "echo \"attempt $MUSTER_ATTEMPT\" >> \"$SIDE/$MUSTER_TASK_ID\"",
                        "env", Map.of("SIDE", side.toString())));

        var tasks = new ArrayList<Long>();
        for (var i : IntStream.range(0, 100).toArray()) {
            tasks.add(api.task("hundred", "number " + i));
        }

        var machines = new HashSet<String>();
        for (var id : tasks) {
            var task = api.awaitEnd(id, LONG);
            assertThat(task.get("status").textValue()).as(task.toString()).isEqualTo("COMPLETED");
            assertThat(task.get("attempt").intValue()).isOne();
            assertThat(side.resolve(id.toString())).hasContent("attempt 1\n");
            assertEventsTellTheStory(api.events(id));
            machines.add(task.get("machineId").textValue());
        }
        try (var files = Files.list(side)) {
            assertThat(files).hasSize(100);
        }
        assertThat(machines).as("both workers took part").hasSize(2);
    }

    private static void assertEventsTellTheStory(List<JsonNode> events) {
        assertThat(events.stream().map(event -> event.get("n").intValue()))
                .as("no gap and no double")
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, events.size()).boxed().toList());
        var told =
                events.stream()
                        .map(
                                event ->
                                        event.get("type").textValue()
                                                + " "
                                                + event.at("/data/to").asText()
                                                + event.at("/data/status").asText())
                        .toList();
        assertThat(told)
                .containsExactly(
                        "state_change QUEUED",
                        "state_change ASSIGNED",
                        "state_change RUNNING",
                        "stage_change started",
                        "stage_change completed",
                        "state_change COMPLETED");
    }

    @Test
    void aTaskAsksAPersonAndUsesTheAnswer() throws Exception {
        api.project(
                "asking",
                Api.stage("first", "echo before"),
                Map.of("name", "ask", "command", "echo picked {choice}", "choices", CHOICES));
        var id = api.task("asking", "ask me");
        api.awaitStatus(id, LONG, Set.of("SUSPENDED"));
        var asked = api.get("/api/web/tasks/" + id + "/pending-confirm").json();
        assertThat(asked.get("choices")).hasSize(2);

        var answer = Map.of("stageIndex", 1, "result", CHOICES.getLast());
        assertThat(api.post("/api/web/tasks/" + id + "/confirm-stage", answer).status())
                .isEqualTo(200);

        assertThat(api.awaitEnd(id, LONG).get("status").textValue()).isEqualTo("COMPLETED");
        assertThat(String.join("\n", api.log(id)))
                .containsSubsequence("before", "picked two; $(false)");
    }

    @Test
    void aCancelledTaskIsGoneWithEverythingItStarted() throws Exception {
        // deaf to TERM, with children in the background, in a session of their own and orphaned
        var stubborn =
                """
                trap '' TERM HUP INT
                sleep 601 &
                setsid sleep 602 &
                (setsid sh -c 'trap "" TERM; sleep 603; true' &)
                (env -i sleep 604 &)
                echo all running
                while :; do sleep 605; done
                """;
        api.project("stubborn", Api.stage("stubborn", stubborn));
        var id = api.task("stubborn", "never ends");
        Eventually.holds("five sleep", LONG, () -> sleepers().size() == 5);

        var cancel = "/api/web/tasks/" + id + "/cancel";
        var answer = Api.expect(200, api.post(cancel, ""));

        assertThat(answer.get("status").textValue()).isEqualTo("CANCELLED");
        Eventually.holds("all of them gone", Duration.ofSeconds(10), () -> sleepers().isEmpty());
        assertThat(api.task(id).get("status").textValue()).isEqualTo("CANCELLED");
        assertThat(api.events(id).getLast().at("/data/to").asText()).isEqualTo("CANCELLED");
        assertThat(api.post(cancel, "").status()).as("cancelled twice").isEqualTo(409);
    }

    private static List<RunningProcess> sleepers() throws Exception {
        return RunningProcess.all().stream()
                .filter(process -> process.command().matches("sleep 60[1-5]"))
                .toList();
    }

    @Test
    void aFailedTaskIsRetriedFromItsFirstStageInAFreshWorkspace() throws Exception {
        api.project(
                "again",
                Api.stage("once", "test ! -e left && touch left && echo \"go $MUSTER_ATTEMPT\""),
                Api.stage("second", "test \"$MUSTER_ATTEMPT\" = 2"));
        var id = api.task("again", "fails first");
        var first = api.awaitEnd(id, LONG);
        assertThat(first.get("status").textValue()).as(first.toString()).isEqualTo("FAILED");
        assertThat(first.get("stage").textValue()).isEqualTo("second");

        Api.expect(200, api.post("/api/web/tasks/" + id + "/retry", ""));

        var second = api.awaitEnd(id, LONG);
        assertThat(second.get("status").textValue()).as(second.toString()).isEqualTo("COMPLETED");
        assertThat(second.get("attempts").findValuesAsText("outcome"))
                .containsExactly("FAILED", "SUCCEEDED");
        assertThat(api.log(id)).anyMatch(line -> line.contains("go 2"));
        var earlier = Api.expect(200, api.get("/api/web/tasks/" + id + "/logs?attempt=1"));
        assertThat(earlier.get("items").findValuesAsText("text"))
                .anyMatch(line -> line.contains("go 1"));
    }

    @Test
    void aStageMayStartAMusterOfItsOwn() throws Exception {
        var command = "\"$PROGRAM\" coordinator --print-config";
        api.project(
                "inner",
                Map.of(
                        "name",
                        "inner",
                        "command",
                        command,
                        "env",
                        Map.of("PROGRAM", Sandbox.program().toString())));

        var task = api.awaitEnd(api.task("inner", "a Muster in a Muster"), LONG);

        var log = String.join("\n", api.log(task.get("id").longValue()));
        assertThat(task.get("status").textValue()).as(log).isEqualTo("COMPLETED");
        assertThat(log).contains("management.port: 9001");
    }

    @Test
    @Tag("fault")
    void aFloodArrivesByteForByteInBoundedMemory() throws Exception {
        var lines = Bus.fewer(52_000);
        var command = "seq -f %0999.0f " + lines; // 52 MB on a sound bus
        api.project("flood", Api.stage("flood", command));

        var task = api.awaitEnd(api.task("flood", "a lot"), Duration.ofMinutes(2));

        assertThat(task.get("status").textValue()).as(task.toString()).isEqualTo("COMPLETED");
        var log = api.log(task.get("id").longValue());
        assertThat(log).hasSize(lines + 2);
        var mark = "\033]133;";
        assertThat(log.getFirst()).isEqualTo(mark + "A\007$ " + mark + "B\007" + command);
        for (var i = 1; i <= lines; i++) {
            var expected = (i == 1 ? mark + "C\007" : "") + "0".repeat(994) + "%05d".formatted(i);
            if (!log.get(i).equals(expected)) {
                assertThat(log.get(i)).as("line " + i).isEqualTo(expected);
            }
        }
        assertThat(log.getLast()).isEqualTo(mark + "D;0\007");
        for (var process : sandbox.workers()) {
            assertThat(process.peakMebibytes()).as("worker").isLessThan(450);
        }
        var coordinator = RunningProcess.of(muster.process().pid()).orElseThrow();
        assertThat(coordinator.peakMebibytes()).as("coordinator").isLessThan(800);
    }

    @Test
    void aLineIsWholeWhereverAReaderBegins() throws Exception {
        // pauses, so that what is sent and stored ends in the middle of lines
        var command = "for n in 1 2 3 4 5; do printf \"from $n\"; sleep 0.3; echo \" to $n\"; done";
        api.project("pieces", Api.stage("pieces", command));

        var task = api.awaitEnd(api.task("pieces", "slowly"), LONG).get("id").longValue();

        var whole = api.log(task);
        assertThat(whole).hasSize(7);
        for (var n = 0; n < whole.size(); n++) {
            var page = "/api/web/tasks/%d/logs?limit=1&offset=%d".formatted(task, n);
            var line = Api.expect(200, api.get(page)).at("/items/0/text").textValue();
            assertThat(line).as("line " + n).isEqualTo(whole.get(n));
        }
        assertThat(whole.subList(2, 6))
                .containsExactly("from 2 to 2", "from 3 to 3", "from 4 to 4", "from 5 to 5");
    }

    @Test
    void theManagementPortTellsHowThingsAre() throws Exception {
        try (var management = new Api(muster.management())) {
            assertThat(management.get("/healthz"))
                    .extracting(Api.Reply::status, Api.Reply::text)
                    .containsExactly(200, "ok\n");
            assertThat(management.get("/readyz"))
                    .extracting(Api.Reply::status, Api.Reply::text)
                    .containsExactly(200, "database ok\ncluster ok\nloops ok\n");

            var metrics = Exposition.read(management.get("/metrics").text());

            assertThat(metrics.families())
                    .contains(
                            "muster_queue_tasks",
                            "muster_queue_oldest_seconds",
                            "muster_leases",
                            "muster_machines_online",
                            "muster_dispatch_open_credit",
                            "jvm_memory_used_bytes",
                            "process_uptime_seconds");
            assertThat(metrics.value("muster_machines_online")).isEqualTo(2);
        }
    }
}
