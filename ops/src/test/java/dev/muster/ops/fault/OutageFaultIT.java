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

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** A database that is away for longer than the tasks' grace window of 10 s, or that is slow. */
@Tag("fault")
@ExtendWith(Rows.class)
final class OutageFaultIT {

    private static final Duration LONG = Site.LONG;
    private static final Duration GRACE = Duration.ofSeconds(10);

    private static final String SILENCE =
            """
            select (extract(epoch from now() - min(seen_at)) * 1000)::bigint
              from presence
            """;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path root;

    private Site site;

    @BeforeEach
    void site() throws Exception {
        site = Site.in(root, "10s", GRACE.toSeconds() + "s");
    }

    @AfterEach
    void clear() throws Exception {
        site.close();
    }

    /**
     * All that the database knows when it is back is how long nobody was heard of. The machine is
     * kept from it a little longer, so that only the coordinator's patience saves the task.
     */
    @Test
    void f13_noLeaseExpiresForTheTimeThatTheDatabaseWasAway() throws Exception {
        site.coordinator();
        site.worker("w");
        var over = root.resolve("over");
        site.api().project("ending", Api.stage("end", "sleep 3; touch '%s'".formatted(over)));
        var task = site.api().task("ending", "soon");
        site.api().awaitStatus(task, LONG, Set.of("RUNNING"));

        site.stopDatabase();
        Eventually.holds("it is over", LONG, () -> Files.exists(over));
        pass(GRACE.multipliedBy(2));
        site.wire().cut(Wire.Cut.BOTH);
        site.startDatabase();
        pass(GRACE.dividedBy(2));
        assertThat(site.number("select count(*) from lease")).isOne();
        site.wire().cut(Wire.Cut.NONE);

        var ended = site.api().awaitEnd(task, LONG);
        assertThat(ended.get("status").textValue()).as(ended.toString()).isEqualTo("COMPLETED");
        assertThat(ended.get("attempt").intValue()).isOne();
        site.stop();
    }

    @Test
    void f15_aSlowDatabaseIsNotTakenForTheDeathOfAMachine() throws Exception {
        site.sandbox()
                // an answer may take as long as it is until the next heartbeat
                .with("MUSTER_LEASE_HEARTBEAT", "1500ms")
                .with("MUSTER_PRESENCE_UNREACHABLE_AFTER", "4s")
                .with("MUSTER_PRESENCE_OFFLINE_AFTER", "6s");
        var sockets = Server.like(site.postgres().pid()).sockets();
        try (var slow = SlowDatabase.before(sockets)) {
            // nothing but the way to it is another one
            var url = site.database().url().replaceAll("host=.*", "host=" + slow.sockets());
            var coordinator =
                    site.coordinator(Place.HERE, "--cluster-port=0", "--database-url=" + url);
            site.worker("w");
            site.project("sleep 0.1;");
            var tasks = List.of(site.begun(250), site.begun(250));

            slow.answerAfter(Duration.ofMillis(200));
            assertHeardFor(GRACE.multipliedBy(3).dividedBy(2));
            assertThat(coordinator.output()).doesNotContain("leases ended");
            for (var task : tasks) {
                var ended = site.assertCompleted(task, 250);
                assertThat(ended.get("attempt").intValue()).isOne();
            }
            site.assertCompleted(site.task(3), 3);
            slow.answerAfter(Duration.ZERO);
            site.stop();
        }
    }

    // ---- words ---------------------------------------------------------------------------------

    private static void pass(Duration time) throws Exception {
        Eventually.holds("time passes", time.multipliedBy(2), Eventually.passed(time));
    }

    /** Never in that time was nothing heard of the machine for a third of its window. */
    private void assertHeardFor(Duration time) throws Exception {
        var passed = Eventually.passed(time);
        Eventually.holds(
                "time passes",
                time.multipliedBy(2),
                () -> {
                    assertThat(site.number(SILENCE)).isLessThan(GRACE.toMillis() / 3);
                    return passed.call();
                });
    }
}
