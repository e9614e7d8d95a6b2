package dev.muster.ops.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.ops.harness.Api;
import dev.muster.ops.harness.Eventually;
import dev.muster.ops.harness.RunningProcess;
import dev.muster.ops.harness.Started;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A worker that is cut off, paused or killed; the tasks' grace window is 10 s. */
@Tag("fault")
@ExtendWith(Rows.class)
final class PartitionIT {

    private static final Duration LONG = Site.LONG;

    private static final Duration GRACE = Duration.ofSeconds(10);

    /** What a machine that is back may take to end what is not its own any more. */
    private static final Duration SOON = Duration.ofSeconds(15);

    /** How many attempts a long silence ends, each time. */
    private static final int EXPIRIES = Integer.getInteger("muster.fault.expiries", 24) / 3;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path root;

    private Site site;
    private Started worker;

    @BeforeEach
    void site() throws Exception {
        site = Site.in(root, "10s", "10s");
        site.sandbox().with("MUSTER_SLOTS", Integer.toString(Math.max(8, EXPIRIES)));
        site.coordinator();
        worker = site.worker("w");
    }

    @AfterEach
    void clear() throws Exception {
        site.close();
    }

    @Test
    void f9_aKilledDaemonLeavesNothingRunningAndSaysWhatHappened() throws Exception {
        site.project("sleep 0.2;");
        var task = site.begun(1000);

        site.wire().cut(Wire.Cut.BOTH);
        var sent = site.journal("w", task).length;
        Eventually.holds(
                "it prints what nobody gets",
                LONG,
                () -> site.journal("w", task).length > sent + 10);
        worker.kill();
        worker.awaitExit(LONG);
        var printed = site.journal("w", task);
        site.wire().cut(Wire.Cut.NONE);
        worker = site.worker("w");

        var ended = site.api().awaitEnd(task, LONG);
        assertThat(ended.get("status").textValue()).isEqualTo("FAILED");
        assertThat(ended.get("reason").textValue()).isEqualTo("worker_restarted");
        assertThat(site.stageProcesses()).isEmpty();
        assertThat(site.runs(task)).isOne();
        site.assertRestCameLate(task, printed);
        site.stop();
    }

    /** It falls asleep with a success to tell, and in the middle of another task. */
    @Test
    void f10_aMachineThatSleptThroughItsWindowIsNotBelievedAndItsSuccessorIs() throws Exception {
        site.project("sleep 0.2;");
        var task = site.begun(100);
        var over = root.resolve("over");
        site.api().project("ending", Api.stage("end", "sleep 3; touch '%s'".formatted(over)));
        var ending = site.api().task("ending", "soon");
        site.api().awaitStatus(ending, LONG, Set.of("RUNNING"));

        site.wire().cut(Wire.Cut.BOTH);
        Eventually.holds("one is over", LONG, () -> Files.exists(over) && !runs(ending, 1));
        Eventually.holds("the daemon knows", LONG, Eventually.passed(Duration.ofSeconds(1)));
        var sleep = Sleep.of(site, worker);
        var printed = site.journal("w", task);
        site.wire().cut(Wire.Cut.NONE);
        site.worker("other", Place.HERE, site.port());
        assertLost(task);
        assertLost(ending);
        Eventually.holds("half as long again", LONG, Eventually.passed(GRACE.dividedBy(2)));
        retryElsewhere(task);
        sleep.end();

        Eventually.holds("nothing of it is left", SOON, () -> !runs(task, 1));
        assertThat(runs(task, 2)).isTrue();
        assertTakenOver(task, 100);
        assertCameLate(task, printed);
        // nobody had that one run again, so its success is believed, late as it is
        var believed = site.api().awaitStatus(ending, LONG, Set.of("COMPLETED"));
        assertThat(believed.get("attempts")).hasSize(1);
        site.assertCompleted(site.task(3), 3);
        site.stop();
    }

    /** Its task ends by itself while it sleeps, and is retried: it wakes with a success to tell. */
    @Test
    void f27_aSuccessThatIsToldTooLateChangesNothing() throws Exception {
        site.project("");
        var over = root.resolve("over");
        site.api()
                .project(
                        "ending",
                        Api.stage("end", "echo line 1; sleep 4; touch '%s'".formatted(over)));
        var task = site.api().task("ending", "soon");
        Eventually.holds("it runs", LONG, () -> site.printed(task).size() == 1);

        Site.signal("STOP", worker.pid());
        Eventually.holds("its stage is over", LONG, () -> Files.exists(over));
        var given = site.api().awaitEnd(task, LONG);
        assertThat(given.get("reason").textValue()).isEqualTo("machine_lost");
        Api.expect(200, site.api().post("/api/web/tasks/" + task + "/retry", "{}"));
        Site.signal("CONT", worker.pid());

        // the second attempt is the one that counts
        var ended = site.api().awaitEnd(task, LONG);
        assertThat(ended.get("status").textValue()).isEqualTo("COMPLETED");
        assertThat(ended.get("attempts"))
                .extracting(attempt -> attempt.get("outcome").textValue())
                .containsExactly("LOST", "SUCCEEDED");
        site.stop();
    }

    @ParameterizedTest
    @EnumSource(
            value = Wire.Cut.class,
            names = {"DIALLER", "ANSWERER", "BOTH"})
    void f11_aShortSilenceIsNothingButLatency(Wire.Cut cut) throws Exception {
        site.project("sleep 0.02;");
        var task = site.begun(400);

        site.wire().cut(cut);
        site.api().awaitStatus(task, LONG, Set.of("SUSPENDED"));
        site.wire().cut(Wire.Cut.NONE);

        var ended = site.assertCompleted(task, 400);
        assertThat(ended.get("attempt").intValue()).isOne();
        site.stop();
    }

    @ParameterizedTest
    @EnumSource(
            value = Wire.Cut.class,
            names = {"DIALLER", "ANSWERER", "BOTH"})
    void f12_aLongSilenceEndsTheWorkOnBothSides(Wire.Cut cut, Rows.Runs runs) throws Exception {
        site.project("sleep 1;");
        var tasks = new ArrayList<Long>();
        for (int n = 0; n < EXPIRIES; n++) {
            tasks.add(site.begun(1000));
        }

        site.wire().cut(cut);
        // the worker's own deadline comes before the coordinator's
        Eventually.holds("the worker ended it", LONG, () -> site.stageProcesses().isEmpty());
        assertThat(site.api().task(tasks.getFirst()).get("status").textValue())
                .isEqualTo("SUSPENDED");
        for (var task : tasks) {
            var ended = site.api().awaitEnd(task, LONG);
            assertThat(ended.get("reason").textValue()).isEqualTo("machine_lost");
        }
        var printed = new HashMap<Long, byte[]>();
        for (var task : tasks) {
            printed.put(task, site.journal("w", task));
        }
        site.wire().cut(Wire.Cut.NONE);

        site.assertCompleted(site.task(3), 3);
        for (var task : tasks) {
            site.assertRestCameLate(task, printed.get(task));
            assertThat(site.api().task(task).get("status").textValue()).isEqualTo("FAILED");
            assertThat(site.runs(task)).isOne();
            runs.another();
        }
        site.stop();
    }

    @Test
    void f12_anotherMachineTakesOverWhatASilentOneLost() throws Exception {
        site.project("sleep 0.2;");
        var task = site.begun(60);
        site.worker("other", Place.HERE, site.port());

        site.wire().cut(Wire.Cut.BOTH);
        assertLost(task);
        retryElsewhere(task);
        assertThat(runs(task, 1)).as("the first one still runs").isFalse();
        site.wire().cut(Wire.Cut.NONE);

        assertTakenOver(task, 60);
        site.stop();
    }

    @Test
    void f25_aHostileStageLeavesNothing() throws Exception {
        site.project(
                """
                trap '' TERM HUP INT
                setsid sleep 901 & nohup sleep 902 & (setsid env -i sleep 903 &) &
                (trap '' TERM; while :; do sleep 1; done) &
                sleep 0.5;
                """);
        var task = site.begun(1000);

        site.api().post("/api/web/tasks/" + task + "/cancel", "{}");

        assertNothingLeft("sleep 90[123]");
        assertThat(site.api().task(task).get("status").textValue()).isEqualTo("CANCELLED");
        site.stop();
    }

    /** Each lives for a moment only: whoever is found to be killed has a child already. */
    @Test
    void f25_aStageThatForksWithoutEndLeavesNothing() throws Exception {
        site.project(
                """
                breed() {
                    trap '' TERM; (( EPOCHSECONDS < UNTIL )) || exit; sleep 0.0904
                    setsid bash -c "$(declare -f breed); breed" & exit
                }
                export UNTIL=$((EPOCHSECONDS + 120))
                if [ "$n" = 1 ]; then (breed) & (breed) & (breed) & fi
                sleep 0.5;
                """);
        var task = site.begun(1000);
        var some =
                Eventually.value(
                        "it breeds",
                        LONG,
                        () -> Optional.of(breeding()).filter(found -> !found.isEmpty()));
        Eventually.holds(
                "others are there", LONG, () -> some.stream().noneMatch(breeding()::contains));

        site.api().post("/api/web/tasks/" + task + "/cancel", "{}");

        assertNothingLeft("(?s)sleep 0.0904|bash -c breed.*");
        assertThat(site.api().task(task).get("status").textValue()).isEqualTo("CANCELLED");
        site.stop();
    }

    @Test
    void f26_aSecondDaemonOfOneMachineIsRefusedAndTheFirstWorksOn() throws Exception {
        site.project("sleep 0.2;");
        var task = site.begun(100);
        copy("w", "copy");

        var second = site.worker("copy", "");

        second.awaitLine("Another worker with this machine's identity is alive", LONG);
        Eventually.holds("it is noted", LONG, () -> twins() == 1);
        var ended = site.assertCompleted(task, 100);
        assertThat(ended.get("attempt").intValue()).isOne();
        assertThat(worker.isAlive()).isTrue();
        assertThat(second.output()).doesNotContain("contact made");
        // the first one is still whom the machine's tasks are given
        site.assertCompleted(site.task(3), 3);
        assertThat(site.number("select count(*) from machine")).isOne();
        second.terminate();
        assertThat(second.awaitExit(LONG)).as(second.output()).isZero();
        // what was printed when it was copied; the log went on
        Files.move(root.resolve("copy/journals"), root.resolve("journals of then"));
        site.stop();
    }

    /** As from a snapshot of its disk. What the right one runs goes on, and nothing new comes. */
    @Test
    void f26_aCopyOfBeforeTheLastRecoveryIsShutOutAndPutsTheMachineInQuarantine() throws Exception {
        site.project("sleep 0.2;");
        Site.stop(worker);
        copy("w", "copy");
        for (int recoveries = 0; recoveries < 2; recoveries++) {
            site.spoilToken("w");
            worker = site.worker("w");
            Site.stop(worker);
        }
        site.spoilToken("copy");
        worker = site.worker("w");
        var task = site.begun(50);

        var old = site.worker("copy", "");

        assertThat(old.awaitExit(LONG)).as(old.output()).isNotZero();
        assertThat(old.output()).contains("does not accept this machine any more");
        var machine = site.api().machines().getFirst();
        assertThat(machine.get("status").textValue()).isEqualTo("draining");
        assertThat(machine.get("change").get("reason").textValue()).contains("a copy of its data");
        site.assertCompleted(task, 50);
        var waiting = site.task(3);
        Eventually.holds(
                "it is said why it waits",
                LONG,
                () ->
                        site.api()
                                .get("/api/web/tasks/" + waiting + "/explain")
                                .text()
                                .contains("drain"));
        assertThat(site.runs(waiting)).isZero();
        site.api().post("/api/web/machines/" + machine.get("id").textValue() + "/undrain", "{}");
        site.assertCompleted(waiting, 3);
        site.stop();
    }

    // ---- words ---------------------------------------------------------------------------------

    private void assertLost(long task) throws Exception {
        var ended = site.api().awaitEnd(task, LONG);
        assertThat(ended.get("status").textValue()).isEqualTo("FAILED");
        assertThat(ended.get("reason").textValue()).isEqualTo("machine_lost");
    }

    /** Somebody has it run again; returns when it runs. */
    private void retryElsewhere(long task) throws Exception {
        Api.expect(200, site.api().post("/api/web/tasks/" + task + "/retry", "{}"));
        Eventually.holds("it runs again", LONG, () -> runs(task, 2));
    }

    private void assertTakenOver(long task, int lines) throws Exception {
        var ended = site.api().awaitEnd(task, LONG);
        assertThat(ended.get("status").textValue()).isEqualTo("COMPLETED");
        assertThat(ended.get("attempts"))
                .extracting(attempt -> attempt.get("outcome").textValue())
                .containsExactly("LOST", "SUCCEEDED");
        assertThat(ended.get("attempts"))
                .extracting(attempt -> attempt.get("machineId").textValue())
                .doesNotHaveDuplicates();
        assertThat(site.runs(task)).isEqualTo(2);
        assertThat(site.printed(task)).containsExactlyElementsOf(Counting.lines(lines));
    }

    /** And perhaps what it printed when it woke, before it was ended. */
    private void assertCameLate(long task, byte[] printed) throws Exception {
        var output = site.awaitOutput(task, printed.length);
        assertThat(output.whole()).startsWith(printed);
        assertThat(output.late().length()).isPositive();
    }

    /** Whether any process of that attempt lives. */
    private boolean runs(long task, int attempt) throws IOException {
        return site.stageProcesses().stream()
                .map(process -> process.environment() + "\0")
                .filter(variables -> variables.contains("MUSTER_TASK_ID=" + task + "\0"))
                .anyMatch(variables -> variables.contains("MUSTER_ATTEMPT=" + attempt + "\0"));
    }

    private List<Long> breeding() throws IOException {
        return site.stageProcesses().stream()
                .filter(process -> process.command().startsWith("bash -c breed"))
                .map(RunningProcess::pid)
                .toList();
    }

    private void assertNothingLeft(String command) throws Exception {
        Eventually.holds(
                "nothing of it left",
                SOON,
                () ->
                        site.stageProcesses().isEmpty()
                                && site.sandbox().processes().stream()
                                        .noneMatch(p -> p.command().matches(command)));
    }

    private long twins() {
        return site.number("select count(*) from incident where type = 'twin_worker'");
    }

    private void copy(String from, String to) throws Exception {
        var copy =
                new ProcessBuilder(
                                "cp",
                                "-a",
                                root.resolve(from).toString(),
                                root.resolve(to).toString())
                        .inheritIO()
                        .start();
        assertThat(copy.waitFor()).isZero();
    }
}
