package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Verdict;

import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

/** A person asks for the next attempt: it is made once, and the one before counts no more. */
class RetryIT {

    private static final int RACES = 40;
    private static final Fact START = new Fact.StageStarted(1, 0, "only", null);
    private static final Fact SUCCESS = new Fact.Succeeded(3, null);
    private static final Fact FAILURE = new Fact.Failed(2, "stage_failed", "It broke.", null);

    private static CoordinatorFixture coordinator;
    private static FakeWorker worker;

    @BeforeAll
    static void start() {
        coordinator = CoordinatorFixture.start(LeaseConfig.DEFAULT);
        coordinator.project("shop", "true");
        worker = FakeWorker.enrolled(coordinator);
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
        coordinator.cancelAll().forEach(said -> said.expect(200));
    }

    /** A task whose newest attempt failed. */
    private static LeaseRef failed() {
        coordinator.task("shop");
        var lease = worker.running();
        assertThat(worker.report(lease, 2, FAILURE)).isEqualTo(Verdict.ACCEPTED);
        return lease;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static List<String> log(long task, String query) {
        return coordinator
                .get("/api/web/tasks/" + task + "/logs" + query)
                .expect(200)
                .body()
                .getJsonArray("items")
                .stream()
                .map(line -> ((JsonObject) line).getString("text"))
                .toList();
    }

    @Test
    void aFailedTaskRunsAgainAsItsNextAttemptAndTheFirstStaysToBeSeen() {
        coordinator.task("shop");
        var first = worker.running();
        worker.append(first, 0, bytes("one\n"));
        worker.report(first, 2, FAILURE);

        var answer = coordinator.retry(first.task()).expect(200).body();

        assertThat(answer.getString("status")).isEqualTo("QUEUED");
        assertThat(answer.getInteger("attempt")).isEqualTo(2);
        assertThat(answer.fieldNames())
                .doesNotContain(
                        "reason", "detail", "stage", "machineId", "startedAt", "endedAt", "work");
        var second = worker.running();
        assertThat(second.task()).isEqualTo(first.task());
        assertThat(second.attempt()).isEqualTo(2);
        assertThat(second.fence()).isGreaterThan(first.fence());
        worker.append(second, 0, bytes("two\n"));
        assertThat(worker.report(second, 2, SUCCESS)).isEqualTo(Verdict.ACCEPTED);
        assertThat(coordinator.eventTypes(first.task()))
                .containsExactly(
                        ">QUEUED",
                        "QUEUED>ASSIGNED",
                        "ASSIGNED>RUNNING",
                        "only started",
                        "RUNNING>FAILED",
                        "FAILED>QUEUED",
                        "QUEUED>ASSIGNED",
                        "ASSIGNED>RUNNING",
                        "only started",
                        "RUNNING>COMPLETED");
        var event =
                coordinator
                        .get("/api/web/tasks/" + first.task() + "/events?limit=1&offset=5")
                        .body()
                        .getJsonArray("items")
                        .getJsonObject(0);
        assertThat(event.getInteger("attempt")).isEqualTo(2);
        assertThat(event.getJsonObject("data").getJsonObject("by").getString("name"))
                .isEqualTo("admin");
        assertThat(log(first.task(), "")).containsExactly("two");
        assertThat(log(first.task(), "?attempt=1")).containsExactly("one");
        assertThat(
                        coordinator.task(first.task()).getJsonArray("attempts").stream()
                                .map(JsonObject.class::cast)
                                .map(one -> one.getInteger("number") + one.getString("outcome")))
                .containsExactly("1FAILED", "2SUCCEEDED");
    }

    @Test
    void whatTheAttemptBeforeStillTellsNeverCounts() {
        coordinator.task("shop");
        var old = worker.running();
        worker.append(old, 0, bytes("old\n"));
        coordinator.cancel(old.task()).expect(200);
        coordinator.retry(old.task()).expect(200);

        assertToldInVain(old, "QUEUED");
        var lease = worker.pull(1).getFirst().lease();
        assertToldInVain(old, "ASSIGNED");
        worker.report(lease, 1, START);
        worker.append(lease, 0, bytes("new\n"));
        assertToldInVain(old, "RUNNING");

        assertThat(worker.report(lease, 2, SUCCESS)).isEqualTo(Verdict.ACCEPTED);
        assertThat(log(old.task(), "")).containsExactly("new");
        assertThat(log(old.task(), "?attempt=1")).containsExactly("old");
    }

    private static void assertToldInVain(LeaseRef old, String status) {
        var events = coordinator.eventTypes(old.task());
        assertThat(worker.report(old, 2, SUCCESS)).isEqualTo(Verdict.STALE);
        assertThat(worker.report(old, 2, FAILURE)).isEqualTo(Verdict.STALE);
        assertThat(worker.append(old, 4, bytes("late\n")).verdict()).isEqualTo(Verdict.STALE);
        assertThat(worker.heartbeat(old).stop()).containsExactly(old);
        assertThat(coordinator.status(old.task())).isEqualTo(status);
        assertThat(coordinator.eventTypes(old.task())).isEqualTo(events);
    }

    @Test
    void theFinalReportThatFailedTheTaskIsAcceptedAgainAndDoesNotFailItAgain() {
        var old = failed();
        coordinator.retry(old.task()).expect(200);
        worker.running();

        assertThat(worker.report(old, 2, FAILURE)).isEqualTo(Verdict.ACCEPTED);
        assertThat(worker.report(old, 3, SUCCESS)).isEqualTo(Verdict.STALE);

        assertThat(coordinator.status(old.task())).isEqualTo("RUNNING");
    }

    @Test
    void ofManyWhoRetryAtOnceOneMakesAnAttempt() {
        var id = failed().task();
        for (int round = 2; round < 12; round++) {
            var answers = new ConcurrentLinkedQueue<CoordinatorFixture.Response>();

            Threads.all(
                    IntStream.range(0, 20)
                            .mapToObj(_ -> (Runnable) () -> answers.add(coordinator.retry(id)))
                            .toArray(Runnable[]::new));

            assertThat(answers).filteredOn(answer -> answer.status() == 200).hasSize(1);
            assertThat(answers)
                    .filteredOn(answer -> answer.status() != 200)
                    .hasSize(19)
                    .allSatisfy(
                            answer -> {
                                assertThat(answer.status()).isEqualTo(409);
                                assertThat(answer.body().getString("code"))
                                        .isEqualTo("not_retryable");
                            });
            assertThat(coordinator.task(id).getInteger("attempt")).isEqualTo(round);
            assertThat(coordinator.contradictions()).isEmpty();
            coordinator.cancel(id).expect(200);
        }
    }

    @Test
    void retryingWhileItIsCancelledAndClaimedLeavesItWholeWhateverComesFirst() {
        var id = failed().task();
        for (int i = 0; i < RACES; i++) {
            Threads.all(
                    () -> coordinator.retry(id),
                    () -> coordinator.cancel(id),
                    () -> worker.pull(UUID.randomUUID(), 1, 20, false),
                    () -> coordinator.retry(id));

            assertThat(coordinator.contradictions()).isEmpty();
            coordinator.cancel(id);
            assertThat(coordinator.status(id)).isIn("CANCELLED", "FAILED");
        }
    }

    @Test
    void retryingWhileTheMachineReportsTheFailureComesBeforeOrAfterIt() {
        for (int i = 0; i < RACES; i++) {
            coordinator.task("shop");
            var lease = worker.running();

            Threads.all(
                    () -> assertThat(worker.report(lease, 2, FAILURE)).isEqualTo(Verdict.ACCEPTED),
                    () -> assertThat(coordinator.retry(lease.task()).status()).isIn(200, 409));

            var task = coordinator.task(lease.task());
            assertThat(task.getString("status") + task.getInteger("attempt"))
                    .isIn("FAILED1", "QUEUED2");
            assertThat(coordinator.contradictions()).isEmpty();
            coordinator.cancel(lease.task());
        }
    }

    @Test
    void whatHasNotEndedOrEndedWellIsNotRetried() {
        var queued = coordinator.task("shop");
        assertNotRetryable(queued);
        var lease = worker.pull(1).getFirst().lease();
        assertNotRetryable(queued);
        worker.report(lease, 1, START);
        assertNotRetryable(queued);
        worker.report(lease, 2, SUCCESS);
        assertNotRetryable(queued);
        coordinator.retry(1_000_000_000L).expect(404);
    }

    private static void assertNotRetryable(long id) {
        var events = coordinator.eventTypes(id);
        var status = coordinator.status(id);
        var problem = coordinator.retry(id).expect(409).body();
        assertThat(problem.getString("code")).isEqualTo("not_retryable");
        assertThat(problem.getString("detail")).contains(status);
        assertThat(coordinator.eventTypes(id)).isEqualTo(events);
    }

    @Test
    void aTaskThatWaitedForItsMachineIsCancelledAndRetriedWithoutIt() {
        coordinator.task("shop");
        var lease = worker.running();
        coordinator.execute(
                """
                with lost as (update lease set lost = true where task_id = %1$d)
                update task set state = 'SUSPENDED', reason = 'MACHINE_LOST', lost_since = now() where id = %1$d
                """
                        .formatted(lease.task()));
        assertNotRetryable(lease.task());
        coordinator.cancel(lease.task()).expect(200);

        coordinator.retry(lease.task()).expect(200);

        assertThat(coordinator.contradictions()).isEmpty();
        assertThat(worker.heartbeat(lease).stop()).containsExactly(lease);
        assertThat(coordinator.status(lease.task())).isEqualTo("QUEUED");
    }

    @Test
    void aTaskForAMachineThatIsGoneForGoodIsNotQueuedInVain() {
        var gone = worker.neighbour(coordinator);
        var id =
                coordinator.task(
                        new JsonObject()
                                .put("projectKey", "shop")
                                .put("description", "there")
                                .put("machineId", gone.machine.toString()));
        coordinator.cancel(id).expect(200);
        coordinator.retry(id).expect(200);
        assertThat(gone.pull(1).getFirst().lease().attempt()).isEqualTo(2);
        coordinator.cancel(id).expect(200);
        coordinator.execute(
                "update machine set status = 'decommissioned' where id = '" + gone.machine + "'");

        var problem = coordinator.retry(id).expect(409).body();

        assertThat(problem.getString("code")).isEqualTo("machine_decommissioned");
        assertThat(coordinator.status(id)).isEqualTo("CANCELLED");
    }

    @Test
    void itIsForTheCreatorTheMaintainersAndAdmins() {
        coordinator.project("elsewhere", "true");
        var creator = coordinator.person("cleo", "developer", "shop", "member");
        var maintainer = coordinator.person("mai", "developer", "shop", "maintainer");
        var member = coordinator.person("mem", "lead", "shop", "member");
        var stranger = coordinator.person("str", "lead", "elsewhere", "maintainer");
        var wanted = new JsonObject().put("projectKey", "shop").put("description", "hers");
        var id =
                coordinator
                        .postAs(creator, "/api/web/tasks", wanted)
                        .expect(201)
                        .body()
                        .getLong("id");
        coordinator.cancel(id).expect(200);
        var retry = "/api/web/tasks/" + id + "/retry";

        var refusal = coordinator.postAs(member, retry, new JsonObject()).expect(403).body();
        assertThat(refusal.getString("code")).isEqualTo("not_your_task");
        coordinator.postAs(stranger, retry, new JsonObject()).expect(404);
        assertThat(coordinator.status(id)).isEqualTo("CANCELLED");
        for (var token : List.of(creator, maintainer, coordinator.accessToken())) {
            coordinator.postAs(token, retry, new JsonObject()).expect(200);
            coordinator.cancel(id).expect(200);
        }
        coordinator.execute(
                "delete from project_member m using developer d"
                        + " where d.id = m.developer_id and d.name = 'cleo'");
        coordinator.postAs(creator, retry, new JsonObject()).expect(404);
    }
}
