package dev.muster.ops.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.ops.harness.Eventually;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Coordinators that are killed while they make the schema. */
@Tag("fault")
@ExtendWith(Rows.class)
final class MigrationFaultIT {

    /** At which version of an empty database's schema they are killed. */
    private static final List<Integer> MOMENTS = List.of(0, 1, 9, 18, 26);

    private static final String HAS_HISTORY =
            """
            select count(*)
              from pg_tables
             where schemaname = 'public' and tablename = 'flyway_schema_history'
            """;

    /** Of the schema. */
    static final String VERSION =
            """
            select coalesce(max(version::int), 0)
              from public.flyway_schema_history
             where success
            """;

    /** What a client began that is dead. */
    private static final String BUSY =
            """
            select count(*)
              from pg_stat_activity
             where datname = current_database() and backend_type = 'client backend'
               and state <> 'idle' and pid <> pg_backend_pid()
            """;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path root;

    @Test
    void f8_aFirstStartThatWasKilledAnywhereIsNotInTheWayOfTheNext(Rows.Runs runs)
            throws Exception {
        var reached = new ArrayList<Long>();
        var whole = 0L;
        for (int moment : MOMENTS) {
            var directory = Files.createDirectory(root.resolve("at-" + moment));
            try (var site = Site.in(directory, "60s", "5m")) {
                reached.add(killAt(site, moment));
                site.coordinator();
                whole = version(site);
                assertWorks(site);
            }
            runs.another();
        }
        var last = whole;
        assertThat(reached.stream().filter(version -> 0 < version && version < last).distinct())
                .as("%s of %d", reached, last)
                .hasSizeGreaterThanOrEqualTo(2);
    }

    /** Answers the version that was there when nobody worked on the schema any more. */
    private static long killAt(Site site, int moment) throws Exception {
        var started = site.doomed("before:nothing");
        Eventually.holds(
                "version " + moment,
                Site.LONG,
                () -> site.number(HAS_HISTORY) == 1 && version(site) >= moment);
        started.kill();
        started.awaitExit(Site.LONG);
        Eventually.holds("what it began is over", Site.LONG, () -> site.number(BUSY) == 0);
        return version(site);
    }

    private static long version(Site site) {
        return site.number(VERSION);
    }

    private static void assertWorks(Site site) throws Exception {
        site.project("");
        site.worker("w");
        site.assertCompleted(site.task(2), 2);
        site.stop();
    }
}
