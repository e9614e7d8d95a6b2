package dev.muster.ops.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.ops.harness.Api;
import dev.muster.ops.harness.Eventually;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** More tasks and more machines at once than there are as a rule. */
@Tag("fault")
@ExtendWith(Rows.class)
final class CrowdFaultIT {

    private static final int BURST = 1000;
    private static final int TASKS = 10_000;
    private static final int MACHINES = 1000;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path root;

    private Site site;

    @BeforeEach
    void site() throws Exception {
        site = Site.in(root, "60s", "5m");
    }

    @AfterEach
    void clear() throws Exception {
        site.close();
    }

    @Test
    void f23_aBurstIsTakenWholeAndStarvesNobody() throws Exception {
        site.coordinator();
        site.project("");
        site.api().project("small", Api.stage("count", "echo done"));
        var begun = System.nanoTime();
        var made = burst(BURST);
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(20));
        var small = new ArrayList<Long>();
        for (int n = 0; n < 10; n++) {
            small.add(site.api().task("small", "behind all of them"));
        }
        site.worker("w");

        // ten at the end of the line, were there one line for all
        for (var task : small) {
            site.api().awaitEnd(task, Duration.ofSeconds(30));
        }
        assertThat(site.number("select count(*) from queue")).isGreaterThan(BURST / 2);
        Eventually.holds(
                "all are done",
                Duration.ofMinutes(5),
                () -> site.number("select count(*) from task where state <> 'COMPLETED'") == 0);
        for (var task : made) {
            assertThat(site.runs(task)).isOne();
        }
        assertThat(made).hasSize(BURST).doesNotHaveDuplicates();
        site.stop();
    }

    private List<Long> burst(int count) throws Exception {
        return AtOnce.times(count, _ -> site.task(1));
    }

    @Test
    void f23_aThousandMachinesThatComeBackAtOnceDoTenThousandTasksOnce() throws Exception {
        site.sandbox()
                .with("MUSTER_LEASE_HEARTBEAT", "5s")
                .with("MUSTER_PRESENCE_UNREACHABLE_AFTER", "15s")
                .with("MUSTER_PRESENCE_OFFLINE_AFTER", "45s");
        var coordinator = site.coordinator();
        site.project("");
        try (var crowd = Crowd.enrol(site, MACHINES)) {
            var made = burst(TASKS);
            assertThat(made).hasSize(TASKS).doesNotHaveDuplicates();
            Eventually.holds("each has one", Site.LONG, () -> tasks("RUNNING") == MACHINES);

            coordinator.kill();
            coordinator.awaitExit(Site.LONG);
            var killed = site.number("select extract(epoch from now())::bigint");
            site.coordinator();
            Eventually.holds("all are back", Site.LONG, () -> heard(killed) == MACHINES);
            crowd.letGoOn();

            var patience = Duration.ofMinutes(5);
            Eventually.holds("all are done", patience, () -> tasks("COMPLETED") == TASKS);
            assertThat(crowd.runs()).containsOnlyKeys(made);
            assertThat(crowd.runs().values()).containsOnly(1);
        }
        var lost = "select count(*) from event where data ->> 'reason' = 'MACHINE_LOST'";
        assertThat(site.number(lost)).isZero();
        site.stop();
    }

    private long tasks(String state) {
        return site.number("select count(*) from task where state = '%s'".formatted(state));
    }

    /** Of how many machines anything was heard after that second. */
    private long heard(long second) {
        var since = "select count(*) from presence where seen_at >= to_timestamp(%d + 1)";
        return site.number(since.formatted(second));
    }
}
