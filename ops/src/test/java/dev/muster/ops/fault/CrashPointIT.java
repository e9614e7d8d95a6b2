package dev.muster.ops.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.ops.harness.Eventually;

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
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A coordinator that dies between what it writes and what it says. */
@ExtendWith(Rows.class)
final class CrashPointIT {

    private static final Duration LONG = Site.LONG;
    private static final int KILLED = 137;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path root;

    private Site site;

    @BeforeEach
    void site() throws Exception {
        site = Site.in(root, "60s", "5m");
        site.coordinator();
        // a long log comes in pieces
        site.project("[ $((n % 50)) != 0 ] || sleep 0.05;");
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

    /** Answers are lost with their coordinator; whoever asks repeats until there is one. */
    @Test
    @Tag("fault")
    void f28_aRequestThatIsRepeatedUntilItIsAnsweredWasMadeOnce() throws Exception {
        site.worker("w");
        for (int n = 1; n <= 4; n++) {
            var body = Map.of("projectKey", "counting", "description", Integer.toString(n));
            var key = "request-" + n;
            var when = n % 2 == 0 ? "before" : "after";
            dieWhile(
                    when + ":creating tasks",
                    () -> site.api().postOnce(key, "/api/web/tasks", body).status());

            var reply = site.api().postOnce(key, "/api/web/tasks", body);
            assertThat(reply.status()).as(reply.text()).isEqualTo(201);
            assertThat(site.api().postOnce(key, "/api/web/tasks", body).json().get("id"))
                    .isEqualTo(reply.json().get("id"));
            assertThat(tasks()).isEqualTo(n);
            site.assertCompleted(reply.json().get("id").longValue(), n);
        }
        site.stop();
    }

    @Test
    @Tag("fault")
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
                var lines = 1000 + time;
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

    @Test
    @Tag("fault")
    void f6_anAnswerThatWasTakenIsKeptThoughNobodyWasTold() throws Exception {
        site.worker("w");
        for (var when : List.of("before", "after")) {
            var task = site.asking(6);
            site.api().awaitStatus(task, LONG, Set.of("SUSPENDED"));
            dieWhile(when + ":answering at a gate", () -> site.answer(task).status());

            if (when.equals("before")) {
                site.api().awaitStatus(task, LONG, Set.of("SUSPENDED"));
                assertThat(site.answer(task).status()).isEqualTo(200);
            }
            site.assertCompleted(task, 6);
            assertThat(site.answer(task).status()).isEqualTo(409);
        }
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

    private long tasks() {
        return site.number("select count(*) from task");
    }
}
