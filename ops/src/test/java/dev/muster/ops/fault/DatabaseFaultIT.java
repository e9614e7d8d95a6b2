package dev.muster.ops.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.db.DatabaseFailure;
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
import java.util.Map;
import java.util.stream.Stream;

/** The database dies, or is away, while people ask and tasks run. */
@ExtendWith(Rows.class)
final class DatabaseFaultIT {

    private static final Duration LONG = Site.LONG;

    /** How long the database is away. */
    private static final Duration OUTAGE =
            Duration.ofSeconds(Integer.getInteger("muster.fault.outage", 20));

    /** As is promised, and a little for a busy machine. */
    private static final Duration SERVES_AGAIN = Duration.ofSeconds(5 + 2);

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path root;

    private Site site;

    @BeforeEach
    void site() throws Exception {
        site = Site.in(root, "60s", "5m");
        site.coordinator();
        site.worker("w");
    }

    @AfterEach
    void clear() throws Exception {
        site.close();
    }

    @Test
    @Tag("fault")
    void f13_aKilledDatabaseLosesNothingThatWasPromised() throws Exception {
        site.project("sleep 0.02;");
        var running = site.begun(300);
        var people = People.who(4, () -> ask(1));
        Eventually.holds("tasks are made", LONG, () -> people.promised() > 10);
        var before = site.postgres().pid();

        Site.signal("KILL", before);

        Eventually.holds("another one runs", LONG, () -> site.postgres().pid() != before);
        assertServesAgain();
        var survived = people.promised();
        Eventually.holds("tasks are made again", LONG, () -> people.promised() > survived + 5);
        for (var task : people.stop()) {
            site.assertCompleted(task, 1);
        }
        assertThat(people.refused()).isPositive();
        site.assertCompleted(running, 300);
        site.stop();
    }

    @Test
    @Tag("fault")
    void f13_anAbsentDatabaseIsSaidToBeAwayAndNoTaskNotices() throws Exception {
        site.project("sleep 0.1;", OUTAGE.dividedBy(2));
        var asking = site.asking(1);
        site.awaitGate(asking);
        int lines = (int) OUTAGE.plusSeconds(10).toSeconds() * 10; // longer than it is away
        var tasks =
                List.of(site.begun(lines), site.begun(lines), site.begun(lines), site.begun(lines));

        site.stopDatabase();
        var people = People.who(2, this::ask);
        Eventually.holds("writers are told to come back", LONG, () -> people.refused() > 0);
        var made = people.promised();
        People.assertRefusedForNow(site.api().get("/api/web/tasks"));
        var until = System.nanoTime() + OUTAGE.toNanos();
        Eventually.holds(
                "it stays away",
                OUTAGE.plusSeconds(60),
                () -> {
                    assertThat(people.promised()).isEqualTo(made);
                    return System.nanoTime() - until > 0;
                });
        site.startDatabase();

        assertServesAgain();
        Eventually.holds(
                "what nobody could answer in time is answered",
                LONG,
                () -> site.answer(asking).status() == 200);
        for (var task : people.stop()) {
            site.assertCompleted(task, 0);
        }
        site.assertCompleted(asking, 1);
        for (var task : tasks) {
            var ended = site.assertCompleted(task, lines);
            assertThat(ended.get("attempt").intValue()).isOne();
        }
        site.stop();
    }

    @Test
    @Tag("fault")
    void f15_aDatabaseThatHangsIsNotWaitedForForever() throws Exception {
        site.project("");
        var server = ProcessHandle.of(site.postgres().pid()).orElseThrow();
        var processes = Stream.concat(Stream.of(server), server.children()).toList();
        for (var process : processes) {
            Site.signal("STOP", process.pid());
        }

        var reply = ask();

        for (var process : processes) {
            Site.signal("CONT", process.pid());
        }
        assertThat(reply.status()).as(reply.text()).isEqualTo(503);
        Eventually.holds("it serves again", LONG, () -> ask().status() == 201);
        site.stop();
    }

    @Test
    @Tag("fault")
    void f17_aPinnedSnapshotStopsNobody() throws Exception {
        site.project("");
        var tasks = new ArrayList<Long>();
        var before = site.task(1);
        site.assertCompleted(before, 1);

        var snapshot = site.database().pin();
        for (int n = 0; n < 300; n++) {
            tasks.add(site.task(1));
        }
        for (var task : tasks) {
            var ended = site.assertCompleted(task, 1);
            assertThat(ended.get("attempt").intValue()).isOne();
        }
        // nothing of all that could be tidied up meanwhile
        assertThat(site.number("select max(age(backend_xmin))::bigint from pg_stat_activity"))
                .isGreaterThan(1000);
        snapshot.close();
        site.stop();
    }

    @Test
    @Tag("fault")
    void f18_nobodyIsNotifiedByTheDatabase() throws Exception {
        site.project("");
        var told = Server.like(site.postgres().pid()).with("log_statement=all");
        site.stopDatabase();
        var server = told.start(Place.HERE);
        Eventually.holds("it serves again", LONG, () -> ask(1).status() == 201);
        var tasks = new ArrayList<Long>();
        for (int n = 0; n < 20; n++) {
            tasks.add(site.task(1));
        }
        for (var task : tasks) {
            site.assertCompleted(task, 1);
        }

        var statements = server.output();
        assertThat(statements).contains("insert into lease");
        assertThat(statements.lines())
                .noneMatch(line -> line.matches("(?i).*(: +(un)?listen |: +notify |pg_notify).*"));
        site.stop();
        Server.stop(server);
    }

    // ---- words ---------------------------------------------------------------------------------

    /** Counted from when the database itself answers. */
    private void assertServesAgain() throws Exception {
        Eventually.holds("the database answers", LONG, this::isThere);
        Eventually.holds("it serves again", SERVES_AGAIN, () -> ask(1).status() == 201);
    }

    private boolean isThere() {
        try {
            return site.number("select 1") == 1;
        } catch (DatabaseFailure e) {
            return false;
        }
    }

    private Api.Reply ask() throws Exception {
        return ask(0);
    }

    private Api.Reply ask(int lines) throws Exception {
        return site.api()
                .post(
                        "/api/web/tasks",
                        Map.of("projectKey", "counting", "description", Integer.toString(lines)));
    }
}
