package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Verdict;

import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

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
        pulled();
        coordinator.awaitStatus(id, "QUEUED");
        var last = pulled();
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
                .containsExactly("worker_restarted", "machine_lost", "poison");
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
        coordinator.task("nowhere");
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
        assertThat(coordinator.sql("select task_id from queue"))
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
