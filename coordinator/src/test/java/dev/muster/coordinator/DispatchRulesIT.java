package dev.muster.coordinator;

import static dev.muster.coordinator.FakeWorker.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Load;
import dev.muster.protocol.message.Verdict;

import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;

/** Each rule of dispatch, from a person's request to what machines are given. */
class DispatchRulesIT {

    private static final Fact START = new Fact.StageStarted(1, 0, "only", null);

    private static CoordinatorFixture coordinator;
    private static FakeWorker bus;
    private FakeWorker worker;
    private String project;

    @BeforeAll
    static void start() {
        coordinator = CoordinatorFixture.start(LeaseConfig.DEFAULT);
        bus = FakeWorker.enrolled(coordinator);
    }

    @AfterAll
    static void stop() {
        bus.close();
        coordinator.close();
    }

    @BeforeEach
    void enrol() {
        worker = bus.neighbour(coordinator);
        project = coordinator.project(new JsonObject());
    }

    /** Tests leave tasks behind that nobody may be given later. */
    @AfterEach
    void emptyTheQueue() {
        worker.close();
        assertThat(coordinator.contradictions()).isEmpty();
        coordinator.emptyTheQueue();
    }

    @Test
    void aBusyMachineIsGivenNothingUntilItsLoadFalls() {
        var id = coordinator.task(project);
        worker.heartbeat(new Load(0.1, 0.85, 0.1));
        assertThat(nothing(worker)).isTrue();

        worker.heartbeat(new Load(0.84, 0.84, 0.9));

        assertThat(tasks(worker.pull(1))).containsExactly(id);
    }

    @Test
    void aPinnedTaskWaitsWhileItsMachineIsBusy() {
        worker.heartbeat(new Load(0.9, 0.1, 0.1));
        var idle = bus.neighbour(coordinator);
        var id = coordinator.task(wanted().put("machineId", worker.machine.toString()));

        assertThat(nothing(worker)).isTrue();
        assertThat(nothing(idle)).isTrue();

        worker.heartbeat(new Load(0.1, 0.1, 0.1));
        assertThat(tasks(worker.pull(1))).containsExactly(id);
        idle.close();
    }

    @Test
    void whatWaitsRisesWithAgeUpToTheHighestThatWaits() {
        var old = coordinator.task(wanted().put("priority", 0));
        var high = coordinator.task(wanted().put("priority", 5));
        waitedFor(old, "4 minutes 50 seconds");
        assertThat(tasks(worker.pull(1))).containsExactly(high);

        var higher = coordinator.task(wanted().put("priority", 5));
        waitedFor(old, "5 minutes 1 second");
        assertThat(tasks(worker.pull(1))).containsExactly(old);
        assertThat(tasks(worker.pull(1))).containsExactly(higher);
    }

    @Test
    void projectsTakeTurnsHoweverMuchOneOfThemAsks() {
        var greedy = IntStream.range(0, 12).mapToObj(_ -> coordinator.task(project)).toList();
        var modest = coordinator.project(new JsonObject());
        var few = IntStream.range(0, 3).mapToObj(_ -> coordinator.task(modest)).toList();

        var order = new ArrayList<Long>();
        for (int i = 0; i < 8; i++) {
            order.addAll(tasks(worker.pull(1)));
        }

        assertThat(order.subList(0, 6)).containsAll(few);
        assertThat(order).filteredOn(greedy::contains).isSorted();
        assertThat(order).hasSize(8);
    }

    @Test
    void turnsAreTakenWithinOnePassToo() {
        IntStream.range(0, 12).forEach(_ -> coordinator.task(project));
        var modest = coordinator.project(new JsonObject());
        var few = IntStream.range(0, 3).mapToObj(_ -> coordinator.task(modest)).toList();

        assertThat(tasks(worker.pull(6))).hasSize(6).containsAll(few);
    }

    @Test
    void priorityGoesBeforeTurns() {
        var high =
                IntStream.range(0, 4)
                        .mapToObj(_ -> coordinator.task(wanted().put("priority", 1)))
                        .toList();
        coordinator.task(coordinator.project(new JsonObject()));

        assertThat(tasks(worker.pull(4))).containsExactlyInAnyOrderElementsOf(high);
    }

    @Test
    void aProjectRunsNoMoreThanItsLimitAndBlocksNobody() {
        var limited = coordinator.project(new JsonObject().put("concurrency", 2));
        var ids = IntStream.range(0, 4).mapToObj(_ -> coordinator.task(limited)).toList();
        var behind = coordinator.task(project);

        var given = worker.pull(4);
        assertThat(tasks(given)).containsExactlyInAnyOrder(ids.get(0), ids.get(1), behind);
        assertThat(nothing(worker)).isTrue();

        var leases = given.stream().map(Assignment::lease).toList();
        leases.stream().filter(one -> one.task() == ids.getFirst()).forEach(this::succeed);
        assertThat(tasks(worker.pull(4))).containsExactly(ids.get(2));
        assertThat(nothing(worker)).isTrue();
    }

    @Test
    void aLimitOutsideItsBoundsIsRefused() {
        var draft = new JsonObject().put("key", "x").put("name", "x").put("concurrency", 0);

        assertThat(coordinator.post("/api/admin/projects", draft).status()).isEqualTo(400);
    }

    @Test
    void anAgentThatFailsThreeTimesOnEndIsKeptFromItsMachineForAWhile() {
        var other = bus.neighbour(coordinator);
        for (int i = 0; i < 3; i++) {
            fail(next(worker), "agent_rate_limit");
        }
        var id = coordinator.task(project);
        assertThat(nothing(worker)).isTrue();
        assertThat(coordinator.degraded(worker.machine).getFirst().getString("why"))
                .isEqualTo("rate_limit");
        assertThat(
                        coordinator.sql(
                                "select until between now() + interval '50 s' and now() + interval"
                                        + " '60 s' from degradation where machine_id = '"
                                        + worker.machine
                                        + "'"))
                .containsExactly("t");
        assertThat(tasks(other.pull(1))).containsExactly(id);

        coordinator.execute("update capability_state set degraded_until = now()");
        succeed(next(worker));

        assertThat(coordinator.degraded(worker.machine)).isEmpty();
        assertThat(
                        coordinator.sql(
                                "select failures from capability_state where machine_id = '"
                                        + worker.machine
                                        + "'"))
                .isEmpty();
        other.close();
    }

    @Test
    void oneSuccessInBetweenStartsTheCountAnew() {
        for (int round = 0; round < 2; round++) {
            fail(next(worker), "worker_error");
            fail(next(worker), "worker_error");
            succeed(next(worker));
        }
        fail(next(worker), "stage_failed");
        fail(next(worker), "worker_error");
        fail(next(worker), "worker_error");

        assertThat(coordinator.degraded(worker.machine)).isEmpty();
        assertThat(tasks(List.of(assignment(worker)))).hasSize(1);
    }

    @Test
    void aMissingProgramIsMissingUntilTheDaemonRestarts() {
        for (int i = 0; i < 3; i++) {
            fail(next(worker), "agent_missing");
        }
        var id = coordinator.task(project);
        assertThat(nothing(worker)).isTrue();
        assertThat(coordinator.degraded(worker.machine))
                .containsExactly(
                        new JsonObject().put("agentType", "shell").put("why", "binary_missing"));

        var restarted = worker.restarted();
        restarted.hello();

        assertThat(coordinator.degraded(worker.machine)).isEmpty();
        var lease = restarted.pull(1).getFirst().lease();
        assertThat(lease.task()).isEqualTo(id);
        // and its failures are its own
        restarted.report(lease, 1, START);
        restarted.report(lease, 2, new Fact.Failed(3, "agent_missing", "why", null));
        assertThat(coordinator.degraded(worker.machine)).isEmpty();
        restarted.close();
    }

    private LeaseRef next(FakeWorker machine) {
        return assignment(machine).lease();
    }

    private Assignment assignment(FakeWorker machine) {
        coordinator.task(project);
        return machine.pull(1).getFirst();
    }

    private void fail(LeaseRef lease, String reason) {
        worker.report(lease, 1, START);
        assertThat(worker.report(lease, 2, new Fact.Failed(3, reason, "why", null)))
                .isEqualTo(Verdict.ACCEPTED);
    }

    private void succeed(LeaseRef lease) {
        worker.report(lease, 1, START);
        var end = new Fact.StageEnded(2, 0, "only", true, 0, null);
        assertThat(worker.report(lease, 2, end, new Fact.Succeeded(3, null)))
                .isEqualTo(Verdict.ACCEPTED);
    }

    private static void waitedFor(long task, String interval) {
        coordinator.execute(
                "update queue set enqueued_at = now() - interval '%s' where task_id = %d"
                        .formatted(interval, task));
    }

    private JsonObject wanted() {
        return new JsonObject().put("projectKey", project).put("description", "do it");
    }

    /** Whether a pull of its whole credit is answered with nothing. */
    private static boolean nothing(FakeWorker machine) {
        return machine.pull(UUID.randomUUID(), 4, 300, false).isEmpty();
    }
}
