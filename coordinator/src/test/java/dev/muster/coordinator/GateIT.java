package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.CoordinatorFixture.Response;
import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.GateAnswer;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Verdict;
import dev.muster.protocol.message.Waiting;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A stage asks, a person answers: once, in time, and only who may. */
class GateIT {

    private static final int ANSWERERS = 20;
    private static final int RACES = 30;

    private static CoordinatorFixture coordinator;
    private static FakeWorker worker;
    private static BlockingQueue<LeaseRef> stops;
    private static BlockingQueue<GateAnswer> answers;

    @BeforeAll
    static void start() {
        coordinator = CoordinatorFixture.start(LeaseConfig.DEFAULT);
        coordinator.project("confirm", new JsonObject().put("confirm", true));
        var picks = new JsonArray().add("a").add("b c");
        coordinator.project("choice", new JsonObject().put("choices", picks));
        coordinator.project("input", new JsonObject().put("input", true));
        worker = FakeWorker.enrolled(coordinator);
        stops = worker.orders();
        answers = worker.answers;
    }

    @AfterAll
    static void stop() {
        worker.close();
        coordinator.close();
    }

    @AfterEach
    void nothingContradictsItself() {
        assertThat(coordinator.contradictions()).isEmpty();
        assertThat(
                        coordinator.sql(
                                "select deadlocks from pg_stat_database where datname ="
                                        + " current_database()"))
                .containsExactly("0");
        coordinator.cancelAll();
        stops.clear();
        answers.clear();
    }

    /** A task of the project that waits at the gate of its only stage. */
    private static LeaseRef atGate(String project) {
        return opened(coordinator.task(project));
    }

    private static LeaseRef opened(long task) {
        var lease = worker.pull(1).getFirst().lease();
        assertThat(lease.task()).isEqualTo(task);
        assertThat(worker.report(lease, 1, new Fact.GateOpened(1, 0, "only", "muster/1-a1")))
                .isEqualTo(Verdict.ACCEPTED);
        return lease;
    }

    private static JsonObject reply(String result) {
        return new JsonObject().put("stageIndex", 0).put("result", result);
    }

    private static Response answer(LeaseRef lease, JsonObject reply) {
        return coordinator.post(path(lease) + "confirm-stage", reply);
    }

    private static Response answerAs(String token, LeaseRef lease, String result) {
        return coordinator.postAs(token, path(lease) + "confirm-stage", reply(result));
    }

    private static String path(LeaseRef lease) {
        return "/api/web/tasks/" + lease.task() + "/";
    }

    private static void assertRefused(Response response, int status, String code) {
        assertThat(response.expect(status).body().getString("code")).isEqualTo(code);
    }

    private static List<String> gates(LeaseRef lease, String column) {
        return coordinator.sql(
                "select %s from gate where task_id = %d".formatted(column, lease.task()));
    }

    /** Waits until the machine is told exactly this; orders of earlier tests may come late. */
    private static <T> void awaitTold(BlockingQueue<T> told, T expected) {
        var _ = firstTold(told, expected::equals);
    }

    private static <T> T firstTold(BlockingQueue<T> told, Predicate<T> expected) {
        try {
            while (true) {
                var one = told.poll(20, TimeUnit.SECONDS);
                assertThat(one).isNotNull();
                if (expected.test(one)) {
                    return one;
                }
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aGateSuspendsItsTaskOnceAndTheAnswerLetsItGoOn() {
        var lease = atGate("choice");

        // when: told again
        var opened = new Fact.GateOpened(1, 0, "only", "muster/1-a1");
        assertThat(worker.report(lease, 1, opened)).isEqualTo(Verdict.ACCEPTED);

        // then
        var task = coordinator.task(lease.task());
        assertThat(task.getString("status")).isEqualTo("SUSPENDED");
        assertThat(task.getString("reason")).isEqualTo("GATE");
        assertThat(task.getJsonArray("suspendReasons")).containsExactly("GATE");
        assertThat(task.getString("startedAt")).isNotNull();
        var gate = coordinator.get(path(lease) + "pending-confirm").expect(200).body();
        assertThat(task.getJsonObject("gate")).isEqualTo(gate);
        assertThat(gate.getString("kind")).isEqualTo("choice");
        assertThat(gate.getJsonArray("choices")).containsExactly("a", "b c");
        assertThat(gate.getString("stage")).isEqualTo("only");
        assertThat(gates(lease, "extract(epoch from expires_at - opened_at)::int"))
                .containsExactly("1800");
        var waiting = new Waiting(lease, 0);
        assertThat(worker.answered(waiting)).isEmpty();

        // when
        var reply = reply("b c").put("confirmId", gate.getString("confirmId"));
        var after = answer(lease, reply).expect(200).body();

        // then
        var told = new GateAnswer(lease, 0, "b c");
        assertThat(after.getString("status")).isEqualTo("RUNNING");
        assertThat(after.fieldNames()).doesNotContain("reason", "gate", "suspendReasons");
        awaitTold(answers, told);
        assertThat(worker.answered(waiting, new Waiting(lease, 1))).containsExactly(told);
        assertRefused(coordinator.get(path(lease) + "pending-confirm"), 404, "no_gate");
        var start = new Fact.StageStarted(2, 0, "only", null);
        assertThat(worker.report(lease, 1, opened, start)).isEqualTo(Verdict.ACCEPTED);
        assertThat(coordinator.eventTypes(lease.task()))
                .containsExactly(
                        ">QUEUED",
                        "QUEUED>ASSIGNED",
                        "ASSIGNED>RUNNING",
                        "only opened",
                        "RUNNING>SUSPENDED",
                        "only answered",
                        "SUSPENDED>RUNNING",
                        "only started");
        assertThat(
                        coordinator.sql(
                                "select actor_name || data::text from audit_entry where action ="
                                        + " 'gate.answer' and target_id = '"
                                        + lease.task()
                                        + "'"))
                .containsExactly(
                        "admin{\"kind\": \"choice\", \"result\": \"b c\", \"attempt\": 1,"
                                + " \"stageIndex\": 0}");
        var attempt = coordinator.task(lease.task()).getJsonArray("attempts").getJsonObject(0);
        assertThat(attempt.getString("branch")).isEqualTo("muster/1-a1");
        assertRefused(answer(lease, reply), 409, "gate_answered");
    }

    @Test
    void timeInWhichNobodyServedIsNotTheTimeToAnswer() {
        var lease = atGate("input");
        var other = atGate("input");

        // 25 of its 30 minutes were left when all went away for an hour; the other was just opened
        coordinator.execute(
                """
                with swept as (update gate_sweep set swept_at = now() - interval '1 h')
                update gate
                   set opened_at = case task_id when %1$d then now() - interval '65 min' else now() end,
                       expires_at = case task_id when %1$d then now() - interval '35 min'
                                    else now() + interval '30 min' end
                 where task_id in (%1$d, %2$d)
                """
                        .formatted(lease.task(), other.task()));

        Await.until("its time was given back", () -> left(lease) > 0);
        assertThat(left(lease)).isBetween(24 * 60, 25 * 60);
        assertThat(left(other)).isBetween(29 * 60, 30 * 60);
        answer(lease, reply("yes")).expect(200);
    }

    /** Seconds to answer. */
    private static int left(LeaseRef lease) {
        return Integer.parseInt(
                gates(lease, "extract(epoch from expires_at - now())::int::text").getFirst());
    }

    @Test
    void ofManyAnswersAtOnceExactlyOneCounts() throws Exception {
        var lease = atGate("input");
        var responses = new ConcurrentLinkedQueue<Response>();
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < ANSWERERS; i++) {
            var reply = reply("answer " + i);
            threads.add(Thread.ofVirtual().start(() -> responses.add(answer(lease, reply))));
        }
        for (var thread : threads) {
            thread.join();
        }

        assertThat(responses).filteredOn(one -> one.status() == 200).hasSize(1);
        assertThat(responses)
                .filteredOn(one -> one.status() != 200)
                .allSatisfy(one -> assertRefused(one, 409, "gate_answered"));
        assertThat(coordinator.eventTypes(lease.task()))
                .filteredOn("only answered"::equals)
                .hasSize(1);
        var told = firstTold(answers, one -> one.lease().equals(lease));
        assertThat(gates(lease, "result")).containsExactly(told.result());
        assertThat(answers).isEmpty();
    }

    @Test
    void anAnswerMeetsOnlyTheQuestionItWasGivenFor() {
        var lease = atGate("confirm");
        var other = reply("confirm").put("confirmId", UUID.randomUUID().toString());
        var both = reply("confirm").put("stageName", "only");

        assertRefused(answer(lease, other), 409, "other_gate");
        assertRefused(answer(lease, reply("confirm").put("stageIndex", 1)), 409, "other_gate");
        assertRefused(
                answer(lease, new JsonObject().put("stageName", "x").put("approved", true)),
                409,
                "other_gate");
        assertThat(answer(lease, reply("yes")).expect(400).pointers()).containsExactly("/result");
        assertThat(answer(lease, both).expect(400).pointers()).containsExactly("/stageIndex");
        assertThat(answer(lease, new JsonObject().put("stageIndex", 0)).expect(400).pointers())
                .containsExactly("/result");
        assertThat(coordinator.status(lease.task())).isEqualTo("SUSPENDED");

        var alias = new JsonObject().put("stageName", "only").put("approved", true);
        answer(lease, alias).expect(200);
        awaitTold(answers, new GateAnswer(lease, 0, "confirm"));

        var picks = atGate("choice");
        assertThat(answer(picks, reply("d")).expect(400).pointers()).containsExactly("/result");
        assertThat(answer(picks, alias).expect(400).pointers()).containsExactly("/approved");
        var types = atGate("input");
        assertRefused(answer(types, reply("a\0b")), 400, "invalid_json");
        assertRefused(answer(types, reply("x".repeat(20_001))), 400, "invalid_request");
        answer(types, reply("")).expect(200);
        coordinator.project("plain", "true");
        assertRefused(
                answer(new LeaseRef(coordinator.task("plain"), 1, 1), reply("x")), 409, "no_gate");
    }

    @Test
    void whoMayOnlyLookConfirmsNothingAndWhoMayNotSeeFindsNothing() {
        var member = coordinator.person("mia", "developer", "confirm", "member");
        var maintainer = coordinator.person("max", "developer", "confirm", "maintainer");
        var picker = coordinator.person("pia", "developer", "choice", "member");

        var lease = atGate("confirm");
        assertRefused(answerAs(member, lease, "confirm"), 403, "not_your_gate");
        assertRefused(answerAs(picker, lease, "confirm"), 404, "not_found");
        assertRefused(coordinator.getAs(picker, path(lease) + "pending-confirm"), 404, "not_found");
        coordinator.getAs(member, path(lease) + "pending-confirm").expect(200);
        answerAs(maintainer, lease, "confirm").expect(200);
        assertThat(gates(lease, "(select name from developer where id = answered_by)"))
                .containsExactly("max");

        var wanted = new JsonObject().put("projectKey", "confirm").put("description", "mine");
        var own = coordinator.postAs(member, "/api/web/tasks", wanted).expect(201).body();
        answerAs(member, opened(own.getLong("id")), "confirm").expect(200);
        answerAs(picker, atGate("choice"), "a").expect(200);
    }

    @Test
    void noCancelsTheTaskAndItsMachineEndsIt() {
        var lease = atGate("confirm");

        var after = answer(lease, reply("cancel")).expect(200).body();

        assertThat(after.getString("status")).isEqualTo("CANCELLED");
        awaitTold(stops, lease);
        assertThat(gates(lease, "outcome || ' ' || result")).containsExactly("answered cancel");
        assertThat(coordinator.eventTypes(lease.task()))
                .endsWith("only answered", "SUSPENDED>CANCELLED");
        assertThat(worker.heartbeat(lease).stop()).containsExactly(lease);
        assertRefused(answer(lease, reply("confirm")), 409, "gate_answered");
    }

    @Test
    void aTaskThatIsCancelledOrFailsAtItsGateAsksNoMore() {
        var cancelled = atGate("confirm");
        coordinator.cancel(cancelled.task()).expect(200);
        awaitTold(stops, cancelled);
        assertThat(gates(cancelled, "outcome")).containsExactly("over");
        assertRefused(answer(cancelled, reply("confirm")), 409, "gate_over");

        var failed = atGate("confirm");
        var success = new Fact.Succeeded(2, null);
        assertThat(worker.report(failed, 2, success)).isNotEqualTo(Verdict.ACCEPTED);
        var start = new Fact.StageStarted(2, 0, "only", null);
        assertThat(worker.report(failed, 2, start)).isNotEqualTo(Verdict.ACCEPTED);
        assertThat(coordinator.status(failed.task())).isEqualTo("SUSPENDED");
        var failure = new Fact.Failed(2, "worker_stopped", "d", null);
        assertThat(worker.report(failed, 2, failure)).isEqualTo(Verdict.ACCEPTED);
        assertThat(coordinator.eventTypes(failed.task())).endsWith("SUSPENDED>FAILED");
        assertRefused(answer(failed, reply("confirm")), 409, "gate_over");

        // the next attempt asks anew
        coordinator.retry(failed.task()).expect(200);
        answer(opened(failed.task()), reply("confirm")).expect(200);
    }

    @Test
    void aGateThatNobodyAnswersInTimeFailsItsTaskOrFallsBack() {
        coordinator.project("brief", new JsonObject().put("confirm", true).put("gateTimeout", 1));
        coordinator.project(
                "falls",
                new JsonObject()
                        .put("choices", new JsonArray().add("a").add("b"))
                        .put("gateTimeout", 1)
                        .put("onGateTimeout", "fallback")
                        .put("fallback", "b"));
        var fails = atGate("brief");
        var falls = atGate("falls");

        awaitTold(stops, fails);
        awaitTold(answers, new GateAnswer(falls, 0, "b"));

        var task = coordinator.task(fails.task());
        assertThat(task.getString("status")).isEqualTo("FAILED");
        assertThat(task.getString("reason")).isEqualTo("gate_timeout");
        assertThat(task.getJsonArray("attempts").getJsonObject(0).getString("reason"))
                .isEqualTo("gate_timeout");
        assertThat(coordinator.eventTypes(fails.task()))
                .endsWith("only timed_out", "SUSPENDED>FAILED");
        assertThat(worker.heartbeat(fails).stop()).containsExactly(fails);
        assertRefused(answer(fails, reply("confirm")), 409, "gate_timed_out");
        assertThat(coordinator.status(falls.task())).isEqualTo("RUNNING");
        assertThat(worker.answered(new Waiting(falls, 0))).hasSize(1);
        assertThat(gates(falls, "outcome || ' ' || result || coalesce(answered_by, 0)"))
                .containsExactly("fallback b0");
        assertRefused(answer(falls, reply("a")), 409, "gate_timed_out");
    }

    @Test
    void whatWaitsAtAGateTakesNoPlace() {
        var pipeline = new JsonObject().put("name", "only").put("command", "true");
        coordinator
                .post(
                        "/api/admin/projects",
                        new JsonObject()
                                .put("key", "narrow")
                                .put("name", "narrow")
                                .put("concurrency", 1)
                                .put(
                                        "pipeline",
                                        new JsonArray().add(pipeline.put("confirm", true))))
                .expect(201);

        var first = atGate("narrow");
        assertThat(busy()).isZero();
        var second = atGate("narrow");
        answer(first, reply("confirm")).expect(200);
        answer(second, reply("confirm")).expect(200);

        assertThat(busy()).isEqualTo(2);
        coordinator.task("narrow");
        assertThat(worker.pull(UUID.randomUUID(), 1, 100, false)).isEmpty();
    }

    private static int busy() {
        return coordinator
                .get("/api/web/machines")
                .expect(200)
                .body()
                .getJsonArray("items")
                .stream()
                .map(JsonObject.class::cast)
                .mapToInt(machine -> machine.getInteger("busy"))
                .sum();
    }

    @Test
    void aHeartbeatIsToldNoMoreAnswersThanFitIntoAMessage() {
        var leases = Stream.generate(() -> atGate("input")).limit(4).toList();
        leases.forEach(lease -> answer(lease, reply("\u0001".repeat(20_000))).expect(200));
        var waiting = leases.stream().map(lease -> new Waiting(lease, 0)).toList();

        assertThat(worker.answered(waiting.toArray(Waiting[]::new))).hasSize(3);
        assertThat(worker.answered(waiting.getLast())).hasSize(1);
    }

    @Test
    void anAnswerAndACancellationThatRaceLeaveOneStory() throws Exception {
        for (int i = 0; i < RACES; i++) {
            var lease = atGate("confirm");
            var result = i % 2 == 0 ? "confirm" : "cancel";
            var answering = Thread.ofVirtual().start(() -> answer(lease, reply(result)));
            var cancelling = Thread.ofVirtual().start(() -> coordinator.cancel(lease.task()));
            answering.join();
            cancelling.join();
            assertThat(coordinator.status(lease.task())).isEqualTo("CANCELLED");
        }
    }
}
