package dev.muster.ops.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.ops.harness.Api;
import dev.muster.ops.harness.Eventually;
import dev.muster.ops.harness.Ports;
import dev.muster.ops.harness.Started;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** Two coordinators of one cluster, each with a worker, that are stopped in turn under load. */
@Tag("fault")
@ExtendWith(Rows.class)
final class RollingFaultIT {

    private static final Duration LONG = Site.LONG;

    private static final Duration PAUSE = Duration.ofMillis(300);

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path root;

    private Site site;
    private Started first;
    private Started second;
    private Api its;
    private int port;
    private int[] members;
    private List<Long> lasting;

    @AfterEach
    void clear() throws Exception {
        if (its != null) {
            its.close();
        }
        if (site != null) {
            site.close();
        }
    }

    @Test
    void f29_coordinatorsThatAreStartedAnewInTurnFailNothing() throws Exception {
        site = Site.in(root, "60s", "5m");
        begin();

        var people = People.who(3, this::makeAnywhere);
        startFirstAnew(people);
        startSecondAnew(people);

        assertNothingFailed(people);
    }

    @Test
    void f8_theVersionBeforeAndThisOneServeOneDatabaseAndOneCluster() throws Exception {
        var former = Former.distribution(root.resolve("former"));
        site = Site.in(Files.createDirectory(root.resolve("site")), "60s", "5m");
        site.sandbox().version(former);
        begin();
        var before = site.number(MigrationFaultIT.VERSION);

        site.sandbox().version(null);
        var people = People.who(3, this::makeAnywhere);
        startFirstAnew(people);
        decideAtBoth();
        // with a token of this version's coordinator, at that of the version before
        site.worker("w3", Place.HERE, port);
        startSecondAnew(people);

        assertThat(site.number(MigrationFaultIT.VERSION)).isGreaterThan(before);
        assertNothingFailed(people);
    }

    /** Two coordinators, a worker at each, and what they run all the while. */
    private void begin() throws Exception {
        port = Ports.free();
        members = new int[] {Ports.free(), Ports.free()};
        startFirst();
        startSecond();
        site.worker("w1");
        site.worker("w2", Place.HERE, port);
        site.project("sleep 0.05;");
        lasting = List.of(site.begun(600), site.begun(600), site.begun(600), site.begun(600));
    }

    private void startFirstAnew(People people) throws Exception {
        awaitMore(people);
        stop(first);
        awaitMore(people);
        startFirst();
        awaitMore(people);
    }

    private void startSecondAnew(People people) throws Exception {
        stop(second);
        awaitMore(people);
        startSecond();
        awaitMore(people);
    }

    /** What is asked by one may be answered at the other, and cancelled, and tried again. */
    private void decideAtBoth() throws Exception {
        for (var at : List.of(site.api(), its)) {
            var task = site.asking(5);
            site.awaitGate(task);
            Api.expect(200, at.post("/api/web/tasks/" + task + "/cancel", Map.of()));
            Api.expect(200, at.post("/api/web/tasks/" + task + "/retry", Map.of()));
            site.awaitGate(task);
            Api.expect(200, site.answer(at, task));
            assertThat(at.awaitEnd(task, LONG).get("status").textValue()).isEqualTo("COMPLETED");
        }
    }

    private void assertNothingFailed(People people) throws Exception {
        for (var task : people.stop()) {
            assertUndisturbed(task, 5);
        }
        for (var task : lasting) {
            assertUndisturbed(task, 600);
        }
        assertThat(site.number("select count(*) from task where state <> 'COMPLETED'")).isZero();
        stop(second);
        site.stop();
    }

    // ---- words ---------------------------------------------------------------------------------

    private void startFirst() throws Exception {
        first = site.coordinator(Place.HERE, member(0));
    }

    /** It keeps its own directory. */
    private void startSecond() throws Exception {
        second = site.startAnother(Place.HERE, port, member(1));
        if (its == null) {
            its = new Api(URI.create("http://127.0.0.1:" + port)).as(site.api().token());
        }
    }

    private String[] member(int n) {
        return new String[] {
            "--cluster-host=127.0.0.1",
            "--cluster-port=" + members[n],
            "--cluster-members=127.0.0.1:" + members[1 - n]
        };
    }

    private static void stop(Started coordinator) throws Exception {
        coordinator.terminate();
        assertThat(coordinator.awaitExit(LONG)).as(coordinator.output()).isZero();
    }

    /** As by a proxy: whoever does not listen is not asked. Not more than the workers can do. */
    private Api.Reply makeAnywhere() throws Exception {
        LockSupport.parkNanos(PAUSE.toNanos());
        var body = Map.of("projectKey", "counting", "description", "5");
        try {
            return site.api().post("/api/web/tasks", body);
        } catch (IOException e) {
            return its.post("/api/web/tasks", body);
        }
    }

    private static void awaitMore(People people) throws Exception {
        var before = people.promised();
        Eventually.holds("more are made", LONG, () -> people.promised() > before + 10);
    }

    private void assertUndisturbed(long task, int lines) throws Exception {
        var ended = site.assertCompleted(task, lines);
        assertThat(ended.get("attempt").intValue()).isOne();
    }
}
