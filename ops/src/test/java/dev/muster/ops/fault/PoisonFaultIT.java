package dev.muster.ops.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.ops.harness.Api;
import dev.muster.ops.harness.Eventually;
import dev.muster.ops.harness.Started;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** One task or row that is bad for whoever touches it; the others must not notice. */
@Tag("fault")
@ExtendWith(Rows.class)
final class PoisonFaultIT {

    private static final Duration LONG = Site.LONG;
    private static final Pattern AGE =
            Pattern.compile("(?m)^muster_loop_age_seconds\\{.*loop=\"([^\"]+)\".*} (\\S+)$");

    private static final Set<String> OFTEN =
            Set.of("lease sweep", "gate sweep", "dispatch", "unrunnable tasks");

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path root;

    private Site site;
    private Started coordinator;

    @BeforeEach
    void site() throws Exception {
        site = Site.in(root, "10s", "10s");
        coordinator = site.coordinator();
        site.project("");
    }

    @AfterEach
    void clear() throws Exception {
        site.close();
    }

    @Test
    void f31_aTaskThatKillsItsDaemonIsNotRunAgainUnasked() throws Exception {
        var worker = site.worker("w");
        site.api().project("assassin", Api.stage("kill", killsItsDaemon()));
        var task = site.api().task("assassin", "of its own daemon");
        worker.awaitExit(LONG);

        site.worker("w");

        var ended = site.api().awaitEnd(task, LONG);
        assertThat(ended.get("reason").textValue()).isEqualTo("worker_restarted");
        site.assertCompleted(site.task(3), 3);
        assertThat(site.api().task(task)).isEqualTo(ended);
        assertThat(ended.get("attempts")).hasSize(1);
        site.stop();
    }

    private String killsItsDaemon() throws IOException {
        return "pkill -KILL -f -- 'worker .*--data=%s'; sleep 60"
                .formatted(root.toRealPath().resolve("w"));
    }

    /** As often as it is allowed to, but for the third time. */
    @Test
    void f31_aTaskThatKillsItsDaemonsAndMayBeRetriedFailsAtTheThirdTime() throws Exception {
        var stage = Map.of("name", "kill", "command", killsItsDaemon(), "retries", 10);
        site.api().project("assassin", stage);
        var task = site.api().task("assassin", "of all daemons");
        for (int n = 1; n <= 3; n++) {
            site.worker("w").awaitExit(LONG);
        }

        site.worker("w");

        var ended = site.api().awaitEnd(task, LONG);
        assertThat(ended.get("reason").textValue()).isEqualTo("poison");
        assertThat(ended.get("attempts")).hasSize(3);
        site.assertCompleted(site.task(3), 3);
        site.stop();
    }

    /** Its daemon dies of it before it has come to the first stage, and so does the next. */
    @Test
    void f31_aTaskThatThreeDaemonsDieOfFails() throws Exception {
        try (var silent = new ServerSocket(0, 64, InetAddress.getLoopbackAddress())) {
            var task = preparing("https://127.0.0.1:" + silent.getLocalPort() + "/x.git");
            for (int n = 1; n <= 3; n++) {
                var worker = site.worker("w");
                int before = n - 1;
                // until it is counted, what is seen fetching is what the last one left
                Eventually.holds("it is counted", LONG, () -> losses(task) == before);
                Eventually.holds("git waits", LONG, this::isFetching);
                // what it never said a word of would be counted for the machine
                Eventually.holds("it is heard of", LONG, this::isHeardOf);
                worker.kill();
                worker.awaitExit(LONG);
            }
            site.worker("w");

            var ended = site.api().awaitEnd(task, LONG);
            assertThat(ended.get("status").textValue()).isEqualTo("FAILED");
            assertThat(ended.get("reason").textValue()).isEqualTo("poison");
            assertThat(ended.get("attempts")).hasSize(1);
            assertThat(ended.get("attempts").get(0).get("losses").intValue()).isEqualTo(3);
        }
        site.assertCompleted(site.task(3), 3);
        site.stop();
    }

    @Test
    void f31_aTaskThatMakesNoSenseEndsAndStopsNobody() throws Exception {
        var bad = site.asking(1);
        var good = List.of(site.task(3), site.task(4));
        site.change(
                """
                update pipeline set stages = '[{"name": 7}]'
                 where id = (select pipeline_id from task where id = %d)
                """
                        .formatted(bad));
        site.stopCoordinator(); // it may remember what the row was
        site.coordinator();

        site.worker("w");

        site.assertCompleted(good.getFirst(), 3);
        site.assertCompleted(good.getLast(), 4);
        assertThat(site.number("select count(*) from task where state = 'FAILED' and id = " + bad))
                .isOne();
        assertThat(site.runs(bad)).isZero();
        site.stop();
    }

    @Test
    void f32_aRowThatASweepFailsOnIsPassedBy() throws Exception {
        var worker = site.worker("w");
        site.api().project("sleepers", Api.stage("sleep", "sleep 600"));
        var tasks = List.of(sleeper(), sleeper(), sleeper());
        site.change(
                """
                create function refuse() returns trigger language plpgsql
                as 'begin raise exception ''nobody ends this lease''; end'
                """);
        site.change(
                """
                create trigger refuse before delete on lease
                for each row when (old.task_id = %d) execute function refuse()
                """
                        .formatted(tasks.get(1)));

        worker.kill();

        assertLost(tasks.getFirst());
        assertLost(tasks.getLast());
        assertThat(site.api().task(tasks.get(1)).get("status").textValue()).isEqualTo("SUSPENDED");
        assertLoopsInTime();
        site.change("drop trigger refuse on lease");
        assertLost(tasks.get(1));
        site.worker("w");
        site.assertCompleted(site.task(3), 3);
        site.stop();
    }

    @Test
    void f32_aMillionTasksThatEndedAndManyThatNobodyCanRunAreInNoLoopsWay() throws Exception {
        var ended = site.task(1);
        Api.expect(200, site.api().post("/api/web/tasks/" + ended + "/cancel", "{}"));
        var waiting = site.api().task(forAnAgentThatNobodyHas(), "to whoever can");
        copy(ended, 1_000_000);
        copy(waiting, 50_000);

        var worker = site.worker("w");
        site.assertCompleted(site.task(3), 3);
        site.api().project("sleepers", Api.stage("sleep", "sleep 600"));
        var lost = sleeper();
        worker.kill();
        assertLost(lost);

        assertLoopsInTime();
        site.worker("w");
        site.assertCompleted(site.task(3), 3);
        site.stop();
    }

    /** As many more tasks like that one, with all that was said of it. */
    private void copy(long task, int count) {
        int step = 25_000;
        for (int first = 0; first < count; first += step) {
            var numbers =
                    "generate_series(%d, %d) copy"
                            .formatted(first, Math.min(first + step, count) - 1);
            copy("task", "id", task, numbers);
            copy("event", "task_id", task, numbers);
            copy("queue", "task_id", task, numbers);
        }
    }

    private void copy(String table, String key, long task, String numbers) {
        site.change(
                """
                insert into %1$s
                select copied.*
                  from %1$s original
                 cross join %3$s
                 cross join jsonb_populate_record(
                           original, jsonb_build_object('%2$s', original.%2$s * 10000000 + copy)) copied
                 where original.%2$s = %4$d
                """
                        .formatted(table, key, numbers, task));
    }

    private String forAnAgentThatNobodyHas() throws Exception {
        var project =
                Map.of(
                        "key", "foreign",
                        "name", "foreign",
                        "agentType", "codex",
                        "pipeline", List.of(Api.stage("never", "{description}")));
        Api.expect(201, site.api().post("/api/admin/projects", project));
        return "foreign";
    }

    // ---- words ---------------------------------------------------------------------------------

    private boolean isHeardOf() {
        return site.number("select count(*) from lease where renewed") == 1;
    }

    /** A task of a project with that repository. */
    private long preparing(String repository) throws Exception {
        var project =
                Map.of(
                        "key", "deadly",
                        "name", "deadly",
                        "repoUrl", repository,
                        "defaultBranch", "main",
                        "pipeline", List.of(Api.stage("never", "true")));
        Api.expect(201, site.api().post("/api/admin/projects", project));
        return site.api().task("deadly", "to whoever takes it");
    }

    private int losses(long task) throws Exception {
        return site.api().task(task).get("attempts").path(0).path("losses").asInt(0);
    }

    private boolean isFetching() throws IOException {
        return site.sandbox().processes().stream()
                .anyMatch(process -> process.command().matches(".*git.* https://127.*/x.git.*"));
    }

    private long sleeper() throws Exception {
        var task = site.api().task("sleepers", "sleep");
        site.api().awaitStatus(task, LONG, Set.of("RUNNING"));
        return task;
    }

    private void assertLost(long task) throws Exception {
        var ended = site.api().awaitEnd(task, LONG);
        assertThat(ended.get("reason").textValue()).isEqualTo("machine_lost");
    }

    private void assertLoopsInTime() throws Exception {
        var port =
                coordinator
                        .awaitLine("management listening host=127.0.0.1 port=(\\d+)", LONG)
                        .group(1);
        try (var management = new Api(URI.create("http://127.0.0.1:" + port))) {
            Eventually.holds("ready", LONG, () -> management.get("/readyz").status() == 200);
            // of the others, some of which are due once an hour, readiness is told by
            var ages =
                    AGE.matcher(management.get("/metrics").text())
                            .results()
                            .filter(age -> OFTEN.contains(age.group(1)))
                            .toList();
            assertThat(ages).hasSameSizeAs(OFTEN);
            assertThat(ages).allMatch(age -> Double.parseDouble(age.group(2)) < 30);
        }
    }
}
