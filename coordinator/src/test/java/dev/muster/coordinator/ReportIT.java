package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.Kept;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Report;
import dev.muster.protocol.message.Reported;
import dev.muster.protocol.message.Reports;
import dev.muster.protocol.message.Try;
import dev.muster.protocol.message.Verdict;
import dev.muster.protocol.message.Work;
import dev.muster.protocol.wire.Wire;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.assertj.core.api.ThrowingConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Reports: taken once, from the holder only, whatever comes how often and in which order. */
class ReportIT extends OneShop {

    private static final Fact START = new Fact.StageStarted(1, 0, "only", null);
    private static final Fact END = new Fact.StageEnded(2, 0, "only", true, 0, null);
    private static final Fact SUCCESS = new Fact.Succeeded(3, null);

    @Test
    void aRepeatedReportIsAcceptedAndChangesNothing() {
        var lease = assigned();
        worker.report(lease, 1, START);
        var before = coordinator.eventTypes(lease.task());

        assertThat(worker.report(lease, 1, START)).isEqualTo(Verdict.ACCEPTED);
        assertThat(worker.report(lease, 1, START)).isEqualTo(Verdict.ACCEPTED);

        assertThat(coordinator.eventTypes(lease.task())).isEqualTo(before);
    }

    @Test
    void aBeginningToldAgainIsAnsweredWithWhatIsLeftOfItsWindow() {
        var lease = assigned();
        var first = worker.reported(lease, 1, START).kept();
        assertThat(first).extracting(Kept::lease).containsExactly(lease);
        coordinator.execute(
                "update lease set expires_at = now() + interval '100 s' where task_id = "
                        + lease.task());
        var until = "select expires_at from lease where task_id = " + lease.task();
        var before = coordinator.sql(until);

        assertThat(worker.reported(lease, 1, START).kept()).satisfiesExactly(left(lease));
        // with what is new after it, too
        assertThat(worker.reported(lease, 1, START, END).kept()).satisfiesExactly(left(lease));

        assertThat(coordinator.sql(until)).isEqualTo(before);
        assertThat(worker.reported(lease, 2, END).kept()).isNull();
        assertThat(worker.reported(lease, 1, START, END, SUCCESS).kept()).isNull();
        assertThat(worker.reported(lease, 1, START).kept()).isNull();
    }

    private static ThrowingConsumer<Kept> left(LeaseRef lease) {
        return kept -> {
            assertThat(kept.lease()).isEqualTo(lease);
            assertThat(kept.windowMillis()).isBetween(60_000L, 100_000L);
        };
    }

    @Test
    void eachTryOfAStageIsToldOfOnceAndShownWithTheTask() {
        var stage = new JsonObject().put("name", "only").put("command", "true");
        var pipeline = new JsonArray().add(stage.put("retries", 2).put("backoff", 5));
        var body = new JsonObject().put("key", "flaky").put("name", "f").put("pipeline", pipeline);
        var made = coordinator.post("/api/admin/projects", body).expect(201).body();
        assertThat(made.getJsonArray("pipeline").getJsonObject(0))
                .contains(Map.entry("retries", 2));
        coordinator.task("flaky");
        var lease = worker.pull(1).getFirst().lease();
        var first = new Fact.StageStarted(1, 0, "only", null, new Try(1, 3));
        var failed = new Fact.StageEnded(2, 0, "only", false, 1, "exit_status", new Try(1, 3));
        var second = new Fact.StageStarted(9, 0, "only", null, new Try(2, 3));

        worker.report(lease, 1, first, failed, second);
        assertThat(worker.report(lease, 2, failed, second)).isEqualTo(Verdict.ACCEPTED);
        assertThat(worker.report(lease, 3, second)).isEqualTo(Verdict.ACCEPTED);

        var task = coordinator.task(lease.task());
        assertThat(task.getString("status")).isEqualTo("RUNNING");
        assertThat(task.getInteger("try")).isEqualTo(2);
        assertThat(task.getInteger("tries")).isEqualTo(3);
        assertThat(
                        coordinator.sql(
                                "select concat(data ->> 'status', ' ', data ->> 'try', '/', data"
                                        + " ->> 'tries') from event where type = 'stage_change' and"
                                        + " task_id = "
                                        + lease.task()
                                        + " order by n"))
                .containsExactly("started 1/3", "failed 1/3", "started 2/3");
        assertThat(worker.report(lease, 4, END, SUCCESS)).isEqualTo(Verdict.ACCEPTED);
    }

    @Test
    void ofAReportThatOverlapsOnlyTheNewFactsAreTaken() {
        var lease = assigned();
        worker.report(lease, 1, START);

        assertThat(worker.report(lease, 1, START, END)).isEqualTo(Verdict.ACCEPTED);
        assertThat(worker.report(lease, 1, START, END, SUCCESS)).isEqualTo(Verdict.ACCEPTED);

        assertThat(coordinator.status(lease.task())).isEqualTo("COMPLETED");
        assertThat(coordinator.eventTypes(lease.task()))
                .containsExactly(
                        ">QUEUED",
                        "QUEUED>ASSIGNED",
                        "ASSIGNED>RUNNING",
                        "only started",
                        "only completed",
                        "RUNNING>COMPLETED");
    }

    @Test
    void aReportWithSomethingMissingBeforeItIsAGap() {
        var lease = assigned();

        assertThat(worker.report(lease, 2, END)).isEqualTo(Verdict.GAP);
        worker.report(lease, 1, START);
        assertThat(worker.report(lease, 3, SUCCESS)).isEqualTo(Verdict.GAP);

        assertThat(coordinator.status(lease.task())).isEqualTo("RUNNING");
        assertThat(worker.report(lease, 2, END, SUCCESS)).isEqualTo(Verdict.ACCEPTED);
    }

    @Test
    void aStaleFenceAnotherAttemptAndAnUnknownTaskAreStale() {
        var lease = assigned();

        for (var other :
                List.of(
                        new LeaseRef(lease.task(), 1, lease.fence() + 1),
                        new LeaseRef(lease.task(), 2, lease.fence()),
                        new LeaseRef(1_000_000_000_000L, 1, 1))) {
            assertThat(worker.report(other, 1, START)).isEqualTo(Verdict.STALE);
        }

        assertThat(coordinator.status(lease.task())).isEqualTo("ASSIGNED");
    }

    @Test
    void anotherMachineWithTheRightFenceIsStaleBeforeAndAfterTheEnd() {
        var lease = assigned();
        try (var thief = worker.neighbour(coordinator)) {
            assertThat(thief.report(lease, 1, START)).isEqualTo(Verdict.STALE);
            assertThat(coordinator.status(lease.task())).isEqualTo("ASSIGNED");
            worker.report(lease, 1, START, END, SUCCESS);
            assertThat(thief.report(lease, 1, START, END, SUCCESS)).isEqualTo(Verdict.STALE);
        }
    }

    @Test
    void aWorkspaceThatCannotBeMadeFailsTheTaskBeforeItRan() {
        var lease = assigned();
        var failure = new Fact.Failed(1, "workspace_failed", "no disk", null);

        assertThat(worker.report(lease, 1, failure)).isEqualTo(Verdict.ACCEPTED);

        var task = coordinator.task(lease.task());
        assertThat(task.getString("status")).isEqualTo("FAILED");
        assertThat(task.getString("reason")).isEqualTo("workspace_failed");
        assertThat(task.getString("detail")).isEqualTo("no disk");
        assertThat(coordinator.eventTypes(lease.task())).last().isEqualTo("ASSIGNED>FAILED");
        assertThat(leasesOf(lease)).isEmpty();
    }

    @Test
    void aWholeAttemptFitsIntoOneReport() {
        var lease = assigned();
        var work = new Work("muster/1-a1", "aa", "bb", 1, 2, 3, 4, true);

        assertThat(worker.report(lease, 1, START, END, new Fact.Succeeded(3, work)))
                .isEqualTo(Verdict.ACCEPTED);

        var task = coordinator.task(lease.task());
        assertThat(task.getString("status")).isEqualTo("COMPLETED");
        assertThat(task.getJsonObject("work").getString("head")).isEqualTo("bb");
        assertThat(leasesOf(lease)).isEmpty();
    }

    @Test
    void aStartAndAFailureInOneReportLeaveNothingBehind() {
        var lease = assigned();
        var end = new Fact.StageEnded(2, 0, "only", false, 1, "exit_status");
        var failure = new Fact.Failed(3, "stage_failed", "d", null);

        assertThat(worker.report(lease, 1, START, end, failure)).isEqualTo(Verdict.ACCEPTED);

        assertThat(coordinator.status(lease.task())).isEqualTo("FAILED");
        assertThat(leasesOf(lease)).isEmpty();
        assertThat(
                        coordinator.sql(
                                "select outcome from attempt where started_at is not null and"
                                        + " task_id = "
                                        + lease.task()))
                .containsExactly("FAILED");
    }

    @Test
    void aFinalReportRepeatedAfterTheLeaseIsGoneIsAccepted() {
        var lease = assigned();
        worker.report(lease, 1, START, END, SUCCESS);

        assertThat(worker.report(lease, 1, START, END, SUCCESS)).isEqualTo(Verdict.ACCEPTED);
        assertThat(worker.report(lease, 3, SUCCESS)).isEqualTo(Verdict.ACCEPTED);
        assertThat(worker.report(lease, 4, new Fact.Failed(9, "x", "y", null)))
                .isEqualTo(Verdict.STALE);

        assertThat(coordinator.status(lease.task())).isEqualTo("COMPLETED");
    }

    @Test
    void copiesOfAFinalReportThatArriveTogetherAreAllAccepted() {
        for (int round = 0; round < 20; round++) {
            var lease = assigned();
            worker.report(lease, 1, START);
            var message = Buffer.buffer(Wire.encode(reports(report(lease, 2, END, SUCCESS))));

            var copies =
                    IntStream.range(0, 5)
                            .mapToObj(_ -> worker.send(Addresses.REPORT, message, worker.token))
                            .toList();

            for (var copy : copies) {
                var bytes = copy.timeout(20, TimeUnit.SECONDS).await();
                assertThat(Wire.decode(bytes, Reported.class).verdicts())
                        .containsExactly(Verdict.ACCEPTED);
            }
            assertThat(coordinator.eventTypes(lease.task())).hasSize(6);
        }
    }

    @Test
    void aCancelledAttemptIsStaleAndTheTaskStaysCancelled() {
        var lease = assigned();
        worker.report(lease, 1, START);
        coordinator.cancel(lease.task()).expect(200);

        assertThat(worker.report(lease, 2, END, SUCCESS)).isEqualTo(Verdict.STALE);

        assertThat(coordinator.status(lease.task())).isEqualTo("CANCELLED");
        assertThat(coordinator.eventTypes(lease.task())).last().isEqualTo("RUNNING>CANCELLED");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{'fact':'stageEnded','atMillis':1,'stage':0,'name':'x','ok':true}]",
                "[{'fact':'succeeded','atMillis':1}]",
                "[{'fact':'stageStarted','atMillis':1,'stage':-1,'name':'x'}]",
                "[{'fact':'stageStarted','atMillis':1,'stage':50,'name':'x'}]",
                "[{'fact':'stageStarted','atMillis':1,'stage':0,'name':null}]",
                "[{'fact':'stageStarted','atMillis':1,'stage':0}]",
                "[{'fact':'stageStarted','atMillis':1,'stage':0,'name':'x'},"
                        + "{'fact':'succeeded','atMillis':1},"
                        + "{'fact':'failed','atMillis':1,'reason':'r','detail':'d'}]",
                "[{'fact':'dropTables','atMillis':1}]",
                "[null]",
                "[]"
            })
    void aReportThatCannotBeTrueIsInvalidAndMovesNothing(String facts) {
        var lease = assigned();
        var named =
                new JsonObject()
                        .put("task", lease.task())
                        .put("attempt", lease.attempt())
                        .put("fence", lease.fence());
        var report =
                new JsonObject()
                        .put("lease", named)
                        .put("first", 1)
                        .put("facts", new JsonArray(facts.replace('\'', '"')));
        var message =
                new JsonObject()
                        .put("v", 1)
                        .put("machine", worker.machine.toString())
                        .put("boot", worker.boot.toString())
                        .put("reports", new JsonArray().add(report));

        assertThat(worker.refusalOfBytes(Addresses.REPORT, message.toBuffer(), worker.token))
                .isEqualTo(Addresses.INVALID);

        assertThat(coordinator.status(lease.task())).isEqualTo("ASSIGNED");
        assertThat(worker.report(lease, 1, START)).isEqualTo(Verdict.ACCEPTED);
    }

    @Test
    void aStageThePipelineDoesNotHaveTakesNoEffectAndTheTaskCanStillBeShown() {
        var lease = assigned();

        assertThat(worker.report(lease, 1, new Fact.StageStarted(1, 7, "seventh", null)))
                .isEqualTo(Verdict.GAP);

        assertThat(coordinator.status(lease.task())).isEqualTo("ASSIGNED");
        worker.report(lease, 1, START);
        assertThat(worker.report(lease, 2, new Fact.StageEnded(2, 1, "x", true, 0, null)))
                .isEqualTo(Verdict.GAP);
        assertThat(coordinator.task(lease.task()).getString("stage")).isEqualTo("only");
    }

    @Test
    void textsOfAWorkerAreStoredShortAndWithoutNul() {
        var lease = assigned();
        var huge = "x\0\u001b[2J'\"\\🙂".repeat(2000);
        var end = new Fact.StageEnded(1, 0, huge, false, 1, huge);
        var work = new Work(huge, huge, huge, -1, -1, -1, -1, false);

        assertThat(worker.report(lease, 1, new Fact.StageStarted(1, 0, huge, huge)))
                .isEqualTo(Verdict.ACCEPTED);
        assertThat(worker.report(lease, 2, end, new Fact.Failed(2, huge, huge, work)))
                .isEqualTo(Verdict.ACCEPTED);

        var task = coordinator.task(lease.task());
        assertThat(task.getString("detail")).hasSizeLessThanOrEqualTo(2000).doesNotContain("\0");
        assertThat(task.getString("reason")).hasSizeLessThanOrEqualTo(2000).doesNotContain("\0");
        assertThat(coordinator.sql("select branch from attempt where task_id = " + lease.task()))
                .allSatisfy(branch -> assertThat(branch).hasSizeLessThanOrEqualTo(2000));
    }

    @Test
    void reportsOfManyAttemptsInOneMessageAreJudgedEachOnItsOwn() {
        var good = assigned();
        var gap = assigned();
        var cancelled = assigned();
        coordinator.cancel(cancelled.task()).expect(200);

        var message =
                reports(
                        report(cancelled, 1, START),
                        report(gap, 2, END),
                        report(good, 1, START),
                        report(good, 2, END),
                        report(good, 3, SUCCESS));

        assertThat(worker.request(Addresses.REPORT, message, Reported.class).verdicts())
                .containsExactly(
                        Verdict.STALE,
                        Verdict.GAP,
                        Verdict.ACCEPTED,
                        Verdict.ACCEPTED,
                        Verdict.ACCEPTED);
        assertThat(coordinator.status(good.task())).isEqualTo("COMPLETED");
    }

    @Test
    void heartbeatsReportsAndAppendsThatNameTheSameAttemptsInAnyOrderNeverDeadlock() {
        var leases = IntStream.range(0, 12).mapToObj(_ -> assigned()).toList();
        var reversed = leases.reversed();
        var before = deadlocks();

        Threads.all(
                () -> beats(leases),
                () -> beats(reversed),
                () -> leases.forEach(lease -> worker.report(lease, 1, START)),
                () -> starts(reversed),
                () -> starts(leases),
                () -> appends(reversed));

        assertThat(deadlocks()).isEqualTo(before);
    }

    private static void beats(List<LeaseRef> leases) {
        for (int i = 0; i < 60; i++) {
            worker.heartbeat(leases.toArray(LeaseRef[]::new));
        }
    }

    private static void starts(List<LeaseRef> leases) {
        for (int i = 0; i < 30; i++) {
            var all = leases.stream().map(lease -> report(lease, 1, START));
            worker.request(Addresses.REPORT, reports(all.toArray(Report[]::new)), Reported.class);
        }
    }

    private static void appends(List<LeaseRef> leases) {
        for (int i = 0; i < 5; i++) {
            for (var lease : leases) {
                worker.append(lease, i, new byte[] {'x'});
            }
        }
    }

    /** PostgreSQL's own log of them is late: it counts when a connection falls idle. */
    private static List<String> deadlocks() {
        return coordinator.sql(
                "select deadlocks from pg_stat_database where datname = current_database()");
    }

    @Test
    void whatHappensIsCounted() {
        var names =
                List.of(
                        "muster_tasks_total",
                        "muster_grants_total",
                        "muster_reports_total{verdict=\"ACCEPTED\"",
                        "muster_attempts_ended_total{outcome=\"SUCCEEDED\"",
                        "muster_leases_ended_total{reason=\"finished\"",
                        "muster_log_bytes_total",
                        "muster_bus_requests_total{address=\"muster.v1.append\",outcome=\"ok\"");
        var before = names.stream().map(coordinator::metric).toList();

        var lease = assigned();
        worker.append(lease, 0, new byte[7]);
        worker.append(lease, 0, new byte[7]);
        worker.report(lease, 1, START, END, SUCCESS);

        var more =
                IntStream.range(0, names.size())
                        .mapToObj(i -> coordinator.metric(names.get(i)) - before.get(i))
                        .toList();
        assertThat(more).containsExactly(1.0, 1.0, 1.0, 1.0, 1.0, 7.0, 2.0);
    }

    private static LeaseRef assigned() {
        coordinator.task("shop");
        return worker.pull(1).getFirst().lease();
    }

    private static Reports reports(Report... reports) {
        return new Reports(Wire.VERSION, worker.machine, worker.boot, List.of(reports));
    }

    private static Report report(LeaseRef lease, int first, Fact... facts) {
        return new Report(lease, first, List.of(facts));
    }

    private static List<String> leasesOf(LeaseRef lease) {
        return coordinator.sql("select 1 from lease where task_id = " + lease.task());
    }
}
