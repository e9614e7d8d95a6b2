package dev.muster.ops.fault;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** One process has another idea of the time than all others. */
@Tag("fault")
@ExtendWith(Rows.class)
final class ClockFaultIT {

    private static final Duration LONG = Site.LONG;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path root;

    private @Nullable Site opened;

    @AfterEach
    void clear() throws Exception {
        if (opened != null) {
            opened.close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, -1})
    void f21_theClockOfAWorkerIsNobodysConcern(int hours) throws Exception {
        var clock = new Clock(Duration.ofHours(hours));
        var site = site("10s");
        site.coordinator();
        site.project("sleep 0.02;");
        var worker = site.worker("w", clock.place(), site.wire().port());
        clock.assertTimeOf(worker);

        for (var task : List.of(site.task(200), site.task(200), site.task(200))) {
            assertUndisturbed(site, task, 200);
        }

        // it comes back with what it was given by the other clock
        worker.terminate();
        assertThat(worker.awaitExit(LONG)).as(worker.output()).isZero();
        site.worker("w", new Clock(Duration.ofHours(-hours)).place(), site.wire().port());
        site.assertCompleted(site.task(50), 50);
        site.stop();
    }

    @ParameterizedTest
    @ValueSource(ints = {5, -5})
    void f21_theClockOfACoordinatorMayJump(int minutes) throws Exception {
        var clock = new Clock(Duration.ofMinutes(minutes));
        var site = site("5m");
        site.coordinator();
        site.worker("w");
        site.project("sleep 0.05;");
        var tasks = List.of(site.begun(600), site.begun(600));

        site.stopCoordinator();
        clock.assertTimeOf(site.coordinator(clock.place(), "--cluster-port=0"));
        site.assertCompleted(site.task(20), 20);
        site.stopCoordinator();
        site.coordinator();
        site.assertCompleted(site.task(20), 20);

        for (var task : tasks) {
            var ended = site.assertCompleted(task, 600);
            assertThat(ended.get("attempt").intValue()).isOne();
        }
        assertThat(lost(site)).isZero();
        site.stop();
    }

    @Test
    void f21_theClockOfTheDatabaseMayJumpBackAndForth() throws Exception {
        var clock = new Clock(Duration.ofMinutes(-2));
        var site = site("10s");
        site.coordinator();
        site.worker("w");
        site.project("sleep 0.05;");
        var tasks = List.of(site.begun(600), site.begun(600));
        var server = Server.like(site.postgres().pid());

        site.stopDatabase();
        var behind = server.start(clock.place());
        assertThat(secondsAhead(site)).isBetween(-130L, -110L);
        site.assertCompleted(site.task(20), 20);
        Server.stop(behind);
        var right = server.start(Place.HERE);
        assertThat(secondsAhead(site)).isBetween(-10L, 10L);

        for (var task : tasks) {
            var ended = site.assertCompleted(task, 600);
            assertThat(ended.get("attempt").intValue()).isOne();
        }
        site.assertCompleted(site.task(20), 20);
        assertThat(lost(site)).isZero();
        site.stop();
        Server.stop(right);
    }

    private Site site(String window) throws Exception {
        var site = Site.in(root, "10s", window);
        opened = site;
        return site;
    }

    private static long secondsAhead(Site site) {
        return site.number("select extract(epoch from clock_timestamp())::bigint")
                - Instant.now().getEpochSecond();
    }

    /** It waited for nobody, and nobody gave it up. */
    private static void assertUndisturbed(Site site, long task, int lines) throws Exception {
        site.assertCompleted(task, lines);
        assertThat(site.api().events(task))
                .filteredOn(event -> event.get("type").textValue().equals("state_change"))
                .extracting(event -> event.get("data").get("to").textValue())
                .containsExactly("QUEUED", "ASSIGNED", "RUNNING", "COMPLETED");
    }

    private static long lost(Site site) {
        return site.number("select count(*) from attempt where outcome = 'LOST'");
    }
}
