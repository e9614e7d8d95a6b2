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

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;

/**
 * The database dies for good, and a standby takes over that had not heard of all that was promised:
 * it followed without being waited for.
 */
@Tag("fault")
@ExtendWith(Rows.class)
final class StandbyFaultIT {

    private static final Duration LONG = Site.LONG;

    /** More than the numbers that a sequence draws ahead, so that some are drawn twice. */
    private static final int LOST = 50;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path root;

    private Site site;
    private Started primary;
    private Server standby;

    @BeforeEach
    void site() throws Exception {
        site = Site.in(root, "10s", "5m");
        var server = Server.like(site.postgres().pid());
        var data = root.resolve("standby");
        site.stopDatabase();
        copy(site.database().data(), data);
        Files.createFile(data.resolve("standby.signal"));
        primary = server.start(Place.HERE);
        standby =
                server.of(data, root.resolve("sockets"))
                        .with("primary_conninfo=" + site.database().connection());
        standby.start(Place.HERE);
        Eventually.holds(
                "it follows",
                LONG,
                () -> site.number("select count(*) from pg_stat_replication") == 1);
    }

    @AfterEach
    void clear() throws Exception {
        site.close();
    }

    @Test
    void f14_aStandbyThatLagsLosesPromisesAndMixesNothingUp() throws Exception {
        var coordinator = site.coordinator();
        site.worker("w");
        site.project("sleep 0.02;");
        var known = site.task(3);
        site.assertCompleted(known, 3);
        awaitReplayed();

        Site.signal("STOP", walSender());
        var lost = new ArrayList<Long>();
        for (int n = 0; n < LOST; n++) {
            lost.add(site.task(1));
        }
        for (var task : lost) {
            site.api().awaitEnd(task, LONG);
        }
        var running = site.begun(1_000_000);
        coordinator.kill();
        coordinator.awaitExit(LONG);
        killPrimary();
        site.database().moveTo(standby.sockets());
        // its newest entries are lost as well, and the audit log would say so from now on
        Files.deleteIfExists(site.sandbox().data().resolve("audit-heads"));
        assertThat(site.number("select pg_promote()::int")).isOne();
        assertThat(site.number("select count(*) from task")).isOne();
        site.forgetRuns();

        // whoever draws a lost number again is the first to be run
        site.coordinator();
        var again = new ArrayList<Long>();
        while (again.isEmpty() || again.getLast() < running) {
            again.add(urgent(20));
        }

        assertThat(again).contains(running);
        for (var task : again) {
            var ended = site.assertCompleted(task, 20);
            assertThat(ended.get("attempt").intValue()).isOne();
        }
        assertThat(site.number("select count(*) from attempt where fence < 4294967296")).isOne();
        assertThat(site.printed(known)).hasSize(3);
        Eventually.holds("what ran before has ended", LONG, () -> site.stageProcesses().isEmpty());
        site.stop();
    }

    // ---- words ---------------------------------------------------------------------------------

    private int priority;

    private long urgent(int lines) throws Exception {
        var body =
                Map.of(
                        "projectKey", "counting",
                        "description", Integer.toString(lines),
                        "priority", Math.min(100, priority++));
        return Api.expect(201, site.api().post("/api/web/tasks", body)).get("id").longValue();
    }

    private void awaitReplayed() throws Exception {
        var behind =
                """
                select count(*)
                  from pg_stat_replication
                 where replay_lsn is distinct from pg_current_wal_lsn()
                """;
        Eventually.holds("it knows all", LONG, () -> site.number(behind) == 0);
    }

    private long walSender() throws Exception {
        return RunningProcess.all().stream()
                .filter(process -> process.command().contains("walsender"))
                .filter(process -> isOf(primary, process))
                .findFirst()
                .orElseThrow()
                .pid();
    }

    private static boolean isOf(Started server, RunningProcess process) {
        return ProcessHandle.of(process.pid())
                .flatMap(ProcessHandle::parent)
                .filter(parent -> parent.pid() == server.pid())
                .isPresent();
    }

    private void killPrimary() throws Exception {
        var children = ProcessHandle.of(primary.pid()).orElseThrow().children().toList();
        primary.kill();
        children.forEach(ProcessHandle::destroyForcibly);
        primary.awaitExit(LONG);
    }

    private static void copy(Path from, Path to) throws Exception {
        var copy = new ProcessBuilder("cp", "-a", from.toString(), to.toString()).inheritIO();
        assertThat(copy.start().waitFor()).isZero();
    }
}
