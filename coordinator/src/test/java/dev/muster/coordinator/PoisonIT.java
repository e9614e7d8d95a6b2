package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Verdict;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;

/** Tasks that nobody survives, and rows that make no sense: neither may hold up the others. */
class PoisonIT extends OneWorker {

    private static final Fact START = new Fact.StageStarted(1, 0, "only", null);

    @BeforeAll
    static void start() {
        start(CoordinatorFixture.SHORT);
    }

    private LeaseRef pulled() {
        return worker.pull(1).getFirst().lease();
    }

    /** The worker says in time that it has it. */
    private LeaseRef named() {
        var named = new AtomicReference<LeaseRef>();
        Await.until(
                "it is named",
                () -> {
                    named.set(pulled());
                    return worker.heartbeat(named.get()).stop().isEmpty();
                });
        return named.get();
    }

    /** The daemon dies of it, and another takes its place. */
    private void die() {
        var next = worker.restarted();
        worker.close();
        worker = next;
        worker.hello();
    }

    private static JsonObject newestAttempt(long task) {
        var attempts = coordinator.task(task).getJsonArray("attempts");
        return attempts.getJsonObject(attempts.size() - 1);
    }

    @Test
    void aTaskThatIsLostThreeTimesBeforeItBeginsIsPoisonWhoeverLosesIt() {
        var id = coordinator.task("shop");
        pulled();
        die();
        assertThat(coordinator.status(id)).isEqualTo("QUEUED");
        assertThat(newestAttempt(id).getInteger("losses")).isEqualTo(1);
        named(); // and falls silent
        coordinator.awaitStatus(id, "QUEUED");
        var last = named();
        worker.append(last, 0, "the last words".getBytes(UTF_8));

        die();

        var task = coordinator.task(id);
        assertThat(task.getString("status")).isEqualTo("FAILED");
        assertThat(task.getString("reason")).isEqualTo("poison");
        assertThat(task.getString("detail")).contains("3 times", "restarted");
        assertThat(newestAttempt(id).getInteger("losses")).isEqualTo(3);
        assertThat(newestAttempt(id).getString("outcome")).isEqualTo("LOST");
        assertThat(
                        coordinator.sql(
                                "select data ->> 'reason', n from event where task_id = "
                                        + id
                                        + " and data ? 'losses' order by n"))
                .startsWith("worker_restarted")
                .endsWith("machine_lost", "poison");
        assertThat(coordinator.get("/api/web/tasks/" + id + "/logs").body().encode())
                .contains("the last words");
        assertThat(coordinator.metric("muster_leases_ended_total{reason=\"poison\"")).isEqualTo(1);
        assertThat(worker.report(last, 1, START)).isEqualTo(Verdict.STALE);
        assertThat(worker.heartbeat(last).stop()).containsExactly(last);
    }

    @Test
    void aPersonsRetryCountsAnew() {
        var id = coordinator.task("shop");
        for (int i = 0; i < 3; i++) {
            pulled();
            die();
        }
        assertThat(coordinator.task(id).getString("reason")).isEqualTo("poison");

        coordinator.retry(id).expect(200);

        pulled();
        die();
        assertThat(coordinator.status(id)).isEqualTo("QUEUED");
        assertThat(newestAttempt(id).getInteger("losses")).isEqualTo(1);
        assertThat(worker.report(pulled(), 1, START)).isEqualTo(Verdict.ACCEPTED);
    }

    /** Nothing was ever tried, so it is no fault of the task's. */
    @Test
    void whatAMachineNeverSaysAWordOfIsNotCountedAndAnotherIsAskedFirst() {
        var id = coordinator.task("shop");
        var deaf = pulled();
        var given = worker.pullLater(UUID.randomUUID(), 1, 25_000, false);
        var other = bus.neighbour(coordinator);
        var passedOn = other.pullLater(UUID.randomUUID(), 1, 25_000, false);

        Await.until("another machine has it", passedOn::isComplete);

        assertThat(passedOn.result()).extracting(one -> one.lease().task()).containsExactly(id);
        assertThat(given.isComplete()).isFalse();
        assertThat(newestAttempt(id).containsKey("losses")).isFalse();
        assertThat(worker.report(deaf, 1, START)).isEqualTo(Verdict.STALE);
        other.close();
    }

    @Test
    void itIsSaidWhoIsPassedOverAndTheOnlyMachineThereIsGetsItInTheEnd() {
        var id = coordinator.task("shop");
        pulled();
        coordinator.awaitStatus(id, "QUEUED");
        coordinator.execute(
                "update queue set passed_until = now() + interval '1 h' where task_id = " + id);
        var behind = coordinator.task("shop");

        assertThat(coordinator.get("/api/web/tasks/" + id + "/explain").body().encode())
                .contains("passed_over", "never said a word");
        assertThat(pulled().task()).as("what waits in vain holds up nobody").isEqualTo(behind);

        coordinator.execute("update queue set passed_until = now() where task_id = " + id);
        assertThat(pulled().task()).isEqualTo(id);
    }

    @Test
    void aMachineThatBeginsNothingIsGivenNothingMoreForAWhile() {
        var id = coordinator.task("shop");
        for (int i = 0; i < 2; i++) {
            pulled();
            coordinator.awaitStatus(id, "QUEUED");
        }
        assertThat(worker.report(pulled(), 1, START)).isEqualTo(Verdict.ACCEPTED);
        assertThat(failures()).as("it begins one").isEmpty();
        var next = coordinator.task("shop");
        for (int i = 0; i < 3; i++) {
            assertThat(degradation()).isEmpty();
            pulled();
            coordinator.awaitStatus(next, "QUEUED");
        }

        assertThat(degradation()).hasSize(1).first().asString().contains("no_start");
        assertThat(worker.pull(UUID.randomUUID(), 1, 1, false)).isEmpty();
        assertThat(coordinator.get("/api/web/tasks/" + next + "/explain").body().encode())
                .contains("never begun (no_start)");
        assertThat(newestAttempt(next).containsKey("losses")).isFalse();
    }

    private List<String> failures() {
        return coordinator.sql(
                "select failures from capability_state where machine_id = '%s'"
                        .formatted(worker.machine));
    }

    private List<JsonObject> degradation() {
        return coordinator.degraded(worker.machine);
    }

    /** A task of two stages of which the first may be retried so often, and the second too. */
    private static long retried(int first, int second) {
        return task(stage("one").put("retries", first), stage("two").put("retries", second));
    }

    private static long task(JsonObject... stages) {
        var pipeline = new JsonArray(List.of(stages));
        return coordinator.task(coordinator.project(new JsonObject().put("pipeline", pipeline)));
    }

    private static JsonObject stage(String name) {
        return new JsonObject().put("name", name).put("command", "true");
    }

    /** It came to the second stage when its daemon dies of it. */
    private LeaseRef dieInTheSecondStage() {
        return dieAfter(
                new Fact.StageStarted(1, 0, "one", null),
                new Fact.StageEnded(2, 0, "one", true, 0, null),
                new Fact.StageStarted(3, 1, "two", null));
    }

    private LeaseRef dieAfter(Fact... facts) {
        var lease = pulled();
        for (int i = 0; i < facts.length; i++) {
            assertThat(worker.report(lease, i + 1, facts[i])).isEqualTo(Verdict.ACCEPTED);
        }
        die();
        return lease;
    }

    @Test
    void whatIsLostWhileItRunsRunsAgainIfEachStageThatItCameToMayBeRetried() {
        var id = retried(2, 1);

        var first = dieInTheSecondStage();

        assertThat(coordinator.eventTypes(id)).endsWith("RUNNING>FAILED", "FAILED>QUEUED");
        assertThat(coordinator.task(id).getInteger("attempt")).isEqualTo(2);
        assertThat(worker.report(first, 4, new Fact.Succeeded(4, null))).isEqualTo(Verdict.STALE);
        assertThat(worker.heartbeat(first).stop()).containsExactly(first);

        dieInTheSecondStage();

        assertThat(coordinator.task(id).getString("reason")).isEqualTo("worker_restarted");
        assertThat(newestAttempt(id).getInteger("number")).isEqualTo(2);
        assertThat(coordinator.status(id)).isEqualTo("FAILED");
    }

    @Test
    void whatIsLostBehindAStageThatMayRunOnceRunsNoSecondTime() {
        var id = retried(0, 10);

        dieInTheSecondStage();

        assertThat(coordinator.status(id)).isEqualTo("FAILED");
        assertThat(coordinator.task(id).getString("reason")).isEqualTo("worker_restarted");
        assertThat(coordinator.eventTypes(id)).endsWith("RUNNING>FAILED");
    }

    @Test
    void whatIsLostWhileItCleansUpHasFailedAndRunsNoSecondTime() {
        var id =
                task(
                        stage("one").put("retries", 5),
                        stage("two").put("retries", 5).put("when", "always"));

        dieAfter(
                START,
                new Fact.StageEnded(2, 0, "one", false, 1, "exit_status"),
                new Fact.StageStarted(3, 1, "two", null));

        assertThat(coordinator.eventTypes(id)).endsWith("RUNNING>FAILED");
    }

    @Test
    void aStageThatOnlyRunsAfterAFailureIsNoStageThatTheLostAttemptCameTo() {
        var id =
                task(
                        stage("one").put("retries", 1),
                        stage("mend").put("when", "on_failure"),
                        stage("two").put("retries", 1));

        dieAfter(
                START,
                new Fact.StageEnded(2, 0, "one", false, 1, "exit_status"),
                new Fact.StageStarted(3, 0, "one", null),
                new Fact.StageEnded(4, 0, "one", true, 0, null),
                new Fact.StageStarted(5, 2, "two", null));

        assertThat(coordinator.eventTypes(id)).endsWith("RUNNING>FAILED", "FAILED>QUEUED");
    }

    @Test
    void whatIsLostThreeTimesWhileItRunsIsPoisonHoweverOftenItMayBeRetried() {
        var id = retried(10, 10);
        for (int n = 1; n <= 3; n++) {
            assertThat(coordinator.status(id)).isEqualTo("QUEUED");
            dieInTheSecondStage();
        }

        var task = coordinator.task(id);
        assertThat(task.getString("status")).isEqualTo("FAILED");
        assertThat(task.getString("reason")).isEqualTo("poison");
        assertThat(task.getString("detail")).contains("3 times while it ran", "restarted");
        assertThat(task.getJsonArray("attempts")).hasSize(3);

        coordinator.retry(id).expect(200);
        dieInTheSecondStage();
        assertThat(coordinator.status(id)).as("a person's retry counts anew").isEqualTo("QUEUED");
    }

    @Test
    void whatASilentMachineRanRunsAgainOnlyOnceItsWindowIsOver() {
        var id = retried(1, 0);
        var lease = pulled();
        worker.report(lease, 1, new Fact.StageStarted(1, 0, "one", null));

        coordinator.awaitStatus(id, "QUEUED");

        assertThat(coordinator.eventTypes(id))
                .endsWith("RUNNING>SUSPENDED", "SUSPENDED>FAILED", "FAILED>QUEUED");
        assertThat(newestAttempt(id).getString("outcome")).isEqualTo("LOST");
        assertThat(pulled().attempt()).isEqualTo(2);
    }

    @Test
    void aMachineThatIsTakenAwayIsNoReasonToRunAgainWhatItRan() {
        var id = retried(10, 10);
        worker.report(pulled(), 1, new Fact.StageStarted(1, 0, "one", null));

        coordinator.delete("/api/admin/machines/" + worker.machine).expect(204);

        coordinator.awaitStatus(id, "FAILED");
        assertThat(coordinator.eventTypes(id)).endsWith("RUNNING>FAILED");
    }

    /** It is the operator's act, and no fault of the task's. */
    @Test
    void takingTheMachineAwayIsNotCounted() {
        var id = coordinator.task("shop");
        for (int i = 0; i < 2; i++) {
            pulled();
            die();
        }
        pulled();

        coordinator.delete("/api/admin/machines/" + worker.machine).expect(204);

        coordinator.awaitStatus(id, "QUEUED");
        assertThat(newestAttempt(id).getInteger("losses")).isEqualTo(2);
    }

    @Test
    void aTaskWhosePipelineCannotBeReadFailsAndTheOthersRun() {
        coordinator.project("spoilt", "true");
        coordinator.project("scalar", "true");
        var spoilt = coordinator.task("spoilt");
        var scalar = coordinator.task("scalar");
        coordinator.execute(
                """
                update pipeline p set stages = case k.key when 'spoilt' then '[{"name": ""}]' else '7' end::jsonb
                  from project k where k.pipeline_id = p.id and k.key in ('spoilt', 'scalar')
                """);
        // what this coordinator read before it remembers
        coordinator.restart();
        worker.close();
        bus.close();
        bus = FakeWorker.enrolled(coordinator);
        worker = bus.neighbour(coordinator);
        var good = coordinator.task("shop");

        assertThat(worker.pull(1).getFirst().lease().task()).isEqualTo(good);

        for (var id : new long[] {spoilt, scalar}) {
            coordinator.awaitStatus(id, "FAILED");
            assertThat(coordinator.task(id).getString("reason")).isEqualTo("poison");
            assertThat(coordinator.task(id).containsKey("pipeline")).isFalse();
            assertThat(coordinator.eventTypes(id)).endsWith("QUEUED>ASSIGNED", "ASSIGNED>FAILED");
        }
        coordinator.get("/api/web/tasks").expect(200);
        coordinator.get("/api/admin/projects").expect(200);
    }

    @Test
    void rowsThatTheDatabaseItselfRefusesToMoveHoldUpNoGrant() {
        coordinator.project("nowhere", "true");
        coordinator.execute("update project set repo_url = 'x y' where key = 'nowhere'");
        var nowhere = coordinator.task("nowhere");
        var doubled = coordinator.task("shop");
        // its next event is there already
        coordinator.execute(
                "insert into event (task_id, n, type, attempt, data) values (%d, 2, 'x', 1, '{}')"
                        .formatted(doubled));
        var ended = coordinator.task("shop");
        coordinator.execute(
                "update task set state = 'FAILED', ended_at = now() where id = " + ended);
        coordinator.execute(
                "insert into queue (task_id, project_id, agent_type) select -1, id, 'shell'"
                        + " from project where key = 'shop'");
        var good = coordinator.task("shop");

        Await.until(
                "the good one is granted",
                () -> worker.pull(1).stream().anyMatch(one -> one.lease().task() == good));

        assertThat(coordinator.status(doubled)).isEqualTo("QUEUED");
        // that one was granted as well, and may be back by now
        assertThat(coordinator.sql("select task_id from queue where task_id <> " + nowhere))
                .containsExactly(Long.toString(doubled));
        coordinator.execute("delete from event where type = 'x'");
    }

    @Test
    void aRowThatTheSweepCannotMoveIsPassedByAndTheOthersAreMoved() {
        var stuck = coordinator.task("shop");
        worker.running();
        var lost = coordinator.task("shop");
        worker.running();
        var unbegun = coordinator.task("shop");
        pulled();
        coordinator.execute(
                """
                insert into event (task_id, n, type, attempt, data)
                select id, events + 1, 'x', 1, '{}' from task where id = %d
                """
                        .formatted(stuck));

        coordinator.awaitStatus(unbegun, "QUEUED");
        coordinator.awaitStatus(lost, "SUSPENDED");
        coordinator.awaitStatus(lost, "FAILED");

        assertThat(coordinator.status(stuck)).isEqualTo("RUNNING");
        coordinator.execute("delete from event where type = 'x'");
        coordinator.awaitStatus(stuck, "FAILED");
    }
}
