package dev.muster.ops.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.ops.harness.Api;
import dev.muster.ops.harness.Eventually;
import dev.muster.ops.harness.RunningProcess;
import dev.muster.ops.harness.Started;

import io.vertx.core.buffer.Buffer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Coordinators that are killed, stopped, flooded, or cannot hear each other. */
@Tag("fault")
@ExtendWith(Rows.class)
final class CoordinatorFaultIT {

    private static final Duration LONG = Site.LONG;

    /** Of a coordinator that is given 512 MiB of heap. */
    private static final long MOST_MEBIBYTES = 900;

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
    void f20_coordinatorsThatCannotHearEachOtherLoseNothing() throws Exception {
        site.coordinator();
        site.project("");
        site.worker("w");
        var other = site.strangerOnTheSameDatabase();

        for (int n = 0; n < 5; n++) {
            // nobody wakes the one that the worker asks: it looks for itself
            site.assertCompleted(site.task(other, 3), 3);
        }
        var stopped = site.task(1_000_000);
        Eventually.holds("it runs", LONG, () -> !site.stageProcesses().isEmpty());
        Api.expect(200, other.post("/api/web/tasks/" + stopped + "/cancel", "{}"));
        Eventually.holds("it is ended", LONG, () -> site.stageProcesses().isEmpty());
        assertThat(site.api().task(stopped).get("status").textValue()).isEqualTo("CANCELLED");
        other.close();
        site.stop();
    }

    @Test
    void f20_aBusThatLosesDelaysAndDoublesIsNoMoreThanSlow() throws Exception {
        // what a machine never hears of waits for it once, and then for others as long again
        site.sandbox().with("MUSTER_LEASE_START_DEADLINE", "10s");
        site.liar(30);
        site.project("");
        site.worker("w");
        var tasks = new ArrayList<Long>();
        for (int n = 0; n < 10; n++) {
            tasks.add(site.task(50));
        }

        for (var task : tasks) {
            site.assertCompleted(task, 50);
        }
        var stopped = site.task(1_000_000);
        Eventually.holds("it runs", LONG, () -> !site.stageProcesses().isEmpty());
        Api.expect(200, site.api().post("/api/web/tasks/" + stopped + "/cancel", "{}"));
        Eventually.holds("it is ended", LONG, () -> site.stageProcesses().isEmpty());
        site.stop();
    }

    @Test
    void f22_aFloodIsKeptToTheLastByteThoughTheCoordinatorIsKilled() throws Exception {
        var coordinator = site.coordinator();
        site.api().project("flood", Api.stage("flood", "seq 1 $MUSTER_DESCRIPTION"));
        site.worker("w");
        int last = 6_000_000; // 50 MB on a terminal
        var tasks = new ArrayList<Long>();
        for (int n = 0; n < 4; n++) {
            tasks.add(site.api().task("flood", Integer.toString(last)));
        }
        Eventually.holds(
                "much of it is stored",
                LONG,
                () ->
                        site.number("select coalesce(sum(length(bytes)), 0)::bigint from log_chunk")
                                > 20_000_000);

        var peaks = new ArrayList<Long>(List.of(peak(coordinator)));
        coordinator.kill();
        coordinator.awaitExit(LONG);
        var next = site.coordinator();

        for (var task : tasks) {
            var ended = site.api().awaitEnd(task, Duration.ofMinutes(5));
            assertThat(ended.get("status").textValue()).as(ended.toString()).isEqualTo("COMPLETED");
            var numbers = new Numbers();
            site.database().log(task, numbers);
            assertThat(numbers.seen()).isEqualTo(last);
            assertThat(numbers.others()).isEqualTo("seq 1 $MUSTER_DESCRIPTION"); // is shown first
        }
        peaks.add(peak(next));
        assertThat(peaks).allMatch(peak -> peak < MOST_MEBIBYTES);
        site.stop();
    }

    @Test
    void f22_ofAFloodBeyondTheLimitTheBeginningAndTheEndAreKept() throws Exception {
        var coordinator = site.coordinator();
        var limit = Map.of("settings", Map.of("logs.perAttempt", 4));
        Api.expect(200, site.api().put("/api/admin/settings", limit));
        site.api().project("flood", Api.stage("flood", "seq 1 $MUSTER_DESCRIPTION"));
        site.worker("w");
        int last = 4_000_000; // 34 MB on a terminal
        var task = site.api().task("flood", Integer.toString(last));
        Eventually.holds(
                "something was dropped",
                LONG,
                () -> site.number("select count(*) from log_chunk where dropped > 0") > 0);

        coordinator.kill();
        coordinator.awaitExit(LONG);
        site.coordinator();

        var ended = site.api().awaitEnd(task, Duration.ofMinutes(5));
        assertThat(ended.get("status").textValue()).as(ended.toString()).isEqualTo("COMPLETED");
        Eventually.holds(
                "no more is kept than may be, but for a step",
                LONG,
                () -> site.number("select sum(length(bytes)) from log_chunk") < 5L << 20);
        var log = "/api/web/tasks/" + task + "/logs?limit=1000&offset=";
        var head = Api.expect(200, site.api().get(log + 1)).get("items");
        assertThat(head.get(999).get("text").textValue()).isEqualTo("1000");
        var tail = Api.expect(200, site.api().get(log + (last - 999))).get("items");
        assertThat(tail.get(0).get("text").textValue()).isEqualTo(Integer.toString(last - 999));
        assertThat(tail.get(999).get("text").textValue()).contains(Integer.toString(last));
        var path = "/api/web/tasks/" + task + "/recording/verification";
        var verified = Api.expect(200, site.api().get(path));
        assertThat(verified.get("intact").booleanValue()).as(verified.toString()).isTrue();
        assertThat(verified.get("dropped").longValue()).isGreaterThan(25_000_000);
        site.stop();
    }

    @Test
    void f22_aGibibyteIsCountedToTheLastByteAndInNobodysWay() throws Exception {
        var coordinator = site.coordinator();
        site.project("");
        site.api().project("flood", Api.stage("flood", "yes | head -c 1G"));
        var worker = site.worker("w");
        var flood = site.api().task("flood", "half of it line feeds");
        Eventually.holds(
                "something was dropped",
                LONG,
                () -> site.number("select count(*) from log_chunk where dropped > 0") > 0);

        for (int n = 0; n < 5; n++) {
            site.assertCompleted(site.task(50), 50);
        }
        assertThat(site.api().task(flood).get("status").textValue()).isEqualTo("RUNNING");
        var ended = site.api().awaitEnd(flood, Duration.ofMinutes(10));

        assertThat(ended.get("status").textValue()).as(ended.toString()).isEqualTo("COMPLETED");
        long lineFeeds = 1L << 29; // each is two bytes on a terminal
        assertThat(between(flood)).isEqualTo((1L << 30) + lineFeeds);
        assertThat(List.of(peak(coordinator), peak(worker)))
                .allMatch(peak -> peak < MOST_MEBIBYTES);
        site.stop();
    }

    /** How long a log is but for what stands before its first line and behind its last. */
    private long between(long task) {
        return site.number(
                """
                with piece as (
                    select start, bytes, start + coalesce(dropped, octet_length(bytes)) as until
                      from log_chunk
                     where task_id = %d
                ), ends as (
                    select (select max(until) from piece) as size,
                           (select string_agg(bytes, '' order by start) from piece where start < 10000) as head,
                           (select string_agg(bytes, '' order by start)
                              from piece
                             where until > (select max(until) from piece) - 100) as tail
                )
                select size - (position(decode('790d0a', 'hex') in head) - 1)
                       - (octet_length(tail) + 1 - position(decode('1b', 'hex') in tail))
                  from ends
                """
                        .formatted(task));
    }

    private static long peak(Started coordinator) throws Exception {
        return RunningProcess.of(coordinator.pid()).orElseThrow().peakMebibytes();
    }

    /** Counts lines that are the next number; any other number is an error. */
    private static final class Numbers implements Consumer<Buffer> {
        private final StringBuilder line = new StringBuilder();
        private final StringBuilder others = new StringBuilder();
        private int seen;

        @Override
        public void accept(Buffer bytes) {
            for (char c : bytes.toString(StandardCharsets.ISO_8859_1).toCharArray()) {
                if (c == '\n') {
                    take(line.toString().replace("\r", ""));
                    line.setLength(0);
                } else {
                    line.append(c);
                }
            }
        }

        private void take(String text) {
            var end = text.lastIndexOf('\007'); // what the shell marks stages with ends so
            var number = text.substring(end + 1);
            if (number.matches("\\d+")) {
                seen++;
                assertThat(number).isEqualTo(Integer.toString(seen));
            } else {
                others.append(number);
            }
        }

        int seen() {
            return seen;
        }

        /** What is in no line of a number, but for marks. */
        String others() {
            return others + line.toString().replaceAll("\033][^\007]*\007", "");
        }
    }

    @Test
    void f29_whatIsStoppedInOrderFailsNothing() throws Exception {
        site.coordinator();
        var worker = site.worker("w");
        site.project("sleep 0.05;");
        var machine = site.api().machines().getFirst().get("id").textValue();
        var running = List.of(site.begun(100), site.begun(100));

        site.stopCoordinator();
        site.coordinator();
        service(machine, "drain", Map.of("reason", "a new version"));
        var waiting = site.task(5);
        for (var task : running) {
            site.assertCompleted(task, 100);
        }
        assertThat(site.api().task(waiting).get("status").textValue()).isEqualTo("QUEUED");
        worker.terminate();
        assertThat(worker.awaitExit(LONG)).isZero();
        site.worker("w");
        service(machine, "undrain", Map.of());

        site.assertCompleted(waiting, 5);
        site.stop();
    }

    private void service(String machine, String verb, Map<String, String> body) throws Exception {
        Api.expect(200, site.api().post("/api/web/machines/" + machine + "/" + verb, body));
    }
}
