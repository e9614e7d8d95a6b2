package dev.muster.ops.fault;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A coordinator that dies between what it writes and what it says. */
@ExtendWith(Rows.class)
final class CrashPointIT {

    private static final Duration LONG = Site.LONG;
    private static final int KILLED = 137;

    /** What changes something while tasks are made, granted, run and told of. */
    private static final List<String> WRITES =
            List.of(
                    "creating tasks",
                    "granting leases",
                    "taking reports",
                    "appending to logs",
                    "renewing leases",
                    "noting a heartbeat",
                    "greeting a machine");

    /** How often each of them is tried, before and after. */
    private static final int SEEDS = Integer.getInteger("muster.fault.seeds", 2);

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path root;

    private Site site;

    @BeforeEach
    void site() throws Exception {
        site = Site.in(root, "60s", "5m");
        site.coordinator();
        site.project("");
    }

    @AfterEach
    void clear() throws Exception {
        site.close();
    }

    @Test
    @Tag("fault")
    void f1_whatWasNotCommittedNeverHappened() throws Exception {
        dieWhile("before:creating tasks", () -> site.task(1));

        assertThat(tasks()).isZero();
        site.worker("w");
        site.assertCompleted(site.task(3), 3);
        assertThat(tasks()).isOne();
        site.stop();
    }

    @Test
    @Tag("fault")
    void f2_whatWasCommittedStaysThoughNobodyWasTold() throws Exception {
        dieWhile("after:creating tasks", () -> site.task(4));

        assertThat(tasks()).isOne();
        site.worker("w");
        site.assertCompleted(site.number("select id from task"), 4);
        site.stop();
    }

    @Test
    void f3_aGrantThatNobodyHeardOfIsHeardOfLater() throws Exception {
        site.worker("w");
        dieWhile("after:granting leases", () -> site.task(5));

        var task = site.assertCompleted(site.number("select id from task"), 5);
        assertThat(task.get("attempt").intValue()).isOne();
        site.stop();
    }

    /** The machine that hears of it too late must not have begun it. */
    @Test
    @Tag("fault")
    void f3_aGrantThatRanOutUnheardRunsOnceAllTheSame() throws Exception {
        site.close();
        site = Site.in(Files.createDirectory(root.resolve("short")), "5s", "5m");
        site.coordinator();
        site.project("");
        site.worker("w");
        for (int n = 0; n < 3; n++) {
            kill("after:granting leases", () -> site.task(5));
            Eventually.holds(
                    "the grant ran out",
                    LONG,
                    () -> site.number("select count(*) from lease where expires_at > now()") == 0);
            site.coordinator();
            site.assertCompleted(site.number("select max(id) from task"), 5);
        }
        site.stop();
    }

    @Test
    @Tag("fault")
    void f4_aLogIsWholeWhereverItsCoordinatorDies() throws Exception {
        site.worker("w");
        for (var when : List.of("before", "after")) {
            for (var time : List.of(1, 2, 5)) {
                var lines = 20_000 + time;
                dieWhile(when + ":appending to logs:" + time, () -> site.task(lines));
                site.assertCompleted(site.number("select max(id) from task"), lines);
            }
        }
        site.stop();
    }

    @Test
    @Tag("fault")
    void f5_aReportThatWasTakenIsNotTakenTwice() throws Exception {
        site.worker("w");
        for (var when : List.of("before", "after")) {
            for (var time : List.of(1, 2, 3)) {
                dieWhile(when + ":taking reports:" + time, () -> site.task(6));
                site.assertCompleted(site.number("select max(id) from task"), 6);
            }
        }
        site.stop();
    }

    @Test
    @Tag("fault")
    void f7_anEnrolmentWhoseAnswerWasLostIsTheSameOne() throws Exception {
        var token = site.enrolmentToken();
        site.stopCoordinator();
        var doomed = site.doomed("after:admitting a machine");
        doomed.awaitLine("coordinator started", LONG);
        var worker = site.worker("w", token);
        assertThat(doomed.awaitExit(LONG)).isEqualTo(KILLED);
        site.coordinator();
        if (!worker.isAlive()) {
            worker = site.worker("w", token); // as whoever runs it would
        }
        worker.awaitLine("worker started", LONG);

        site.assertCompleted(site.task(2), 2);
        assertThat(site.number("select count(*) from machine")).isOne();
        assertThat(site.number("select count(*) from incident")).isZero();
        site.stop();
    }

    /** Whichever write it dies at, and whenever: each task is done, once, and told of in full. */
    @Test
    @Tag("fault")
    void f5_everyWriteSurvivesADeathBeforeAndAfterIt() throws Exception {
        site.worker("w");
        var tasks = new ArrayList<Long>();
        var random = new Random(SEEDS);
        for (int seed = 0; seed < SEEDS; seed++) {
            for (var write : WRITES) {
                for (var when : List.of("before:", "after:")) {
                    var moment = when + write + ":" + (1 + random.nextInt(4));
                    site.stopCoordinator();
                    tasks.addAll(workUntilDead(site.doomed(moment)));
                }
            }
        }
        site.stopCoordinator();
        site.coordinator();
        var made = site.number("select count(*) from task");
        assertThat(made).isGreaterThanOrEqualTo(tasks.size());
        for (var task : tasks) {
            site.assertCompleted(task, 40);
        }
        Eventually.holds(
                "what nobody was told of is done too",
                LONG,
                () -> site.number("select count(*) from task where state = 'COMPLETED'") == made);
        site.stop();
    }

    // ---- words ---------------------------------------------------------------------------------

    private interface Step {
        long run() throws Exception;
    }

    /** Starts a coordinator that dies at that moment, makes it come, and starts the next one. */
    private void dieWhile(String moment, Step step) throws Exception {
        kill(moment, step);
        site.coordinator();
    }

    private void kill(String moment, Step step) throws Exception {
        site.stopCoordinator();
        var doomed = site.doomed(moment);
        doomed.awaitLine("coordinator started", LONG);
        site.signIn();
        try {
            step.run();
        } catch (IOException e) {
            // it died instead of answering
        }
        assertThat(doomed.awaitExit(LONG)).as(doomed.output()).isEqualTo(KILLED);
    }

    /** What was promised while it lived: tasks whose making was answered. */
    private List<Long> workUntilDead(Started doomed) throws Exception {
        var promised = new ArrayList<Long>();
        try {
            doomed.awaitLine("coordinator started", LONG);
            site.signIn();
            for (int n = 0; n < 3; n++) {
                promised.add(site.task(40));
            }
            for (var task : List.copyOf(promised)) {
                site.api().awaitEnd(task, Duration.ofSeconds(20));
            }
        } catch (IOException | AssertionError e) {
            // it died at any of these, or it is an error
            assertThat(doomed.awaitExit(Duration.ofSeconds(20))).as(e.toString()).isEqualTo(KILLED);
        }
        return promised;
    }

    private long tasks() {
        return site.number("select count(*) from task");
    }
}
