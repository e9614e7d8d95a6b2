package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.Continuation;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Verdict;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** A retry that goes on in the workspace that is there. */
class ContinuationIT {

    private static final List<String> STAGES = List.of("build", "test", "ship");

    private static CoordinatorFixture coordinator;
    private static FakeWorker bus;
    private FakeWorker holder;
    private FakeWorker other;

    @BeforeAll
    static void start() {
        coordinator = CoordinatorFixture.start(LeaseConfig.DEFAULT);
        var stages = new JsonArray();
        STAGES.forEach(
                name -> stages.add(new JsonObject().put("name", name).put("command", "true")));
        coordinator
                .post(
                        "/api/admin/projects",
                        new JsonObject()
                                .put("key", "staged")
                                .put("name", "staged")
                                .put("pipeline", stages))
                .expect(201);
        bus = FakeWorker.enrolled(coordinator);
    }

    @AfterAll
    static void stop() {
        bus.close();
        coordinator.close();
    }

    @BeforeEach
    void enrol() {
        holder = bus.neighbour(coordinator);
        other = bus.neighbour(coordinator);
    }

    @AfterEach
    void nothingContradictsItself() {
        assertThat(coordinator.contradictions()).isEmpty();
        coordinator.cancelAll();
        holder.close();
        other.close();
    }

    /** A task whose first attempt failed in {@code test}, on {@code holder}. */
    private LeaseRef failedInTest() {
        coordinator.task("staged");
        var lease = holder.pull(1).getFirst().lease();
        holder.report(
                lease,
                1,
                started(0),
                new Fact.StageEnded(2, 0, "build", true, 0, null),
                started(1),
                failure());
        assertThat(coordinator.status(lease.task())).isEqualTo("FAILED");
        return lease;
    }

    private static Fact started(int stage) {
        return new Fact.StageStarted(1, stage, STAGES.get(stage), null);
    }

    private static Fact failure() {
        return new Fact.Failed(9, "stage_failed", "It broke.", null);
    }

    private static CoordinatorFixture.Response retry(long task, Object fromStage) {
        return coordinator.post(
                "/api/web/tasks/" + task + "/retry", new JsonObject().put("fromStage", fromStage));
    }

    private static List<Assignment> pullBriefly(FakeWorker worker) {
        return worker.pull(UUID.randomUUID(), 1, 300, false);
    }

    @Test
    void itWaitsForTheMachineThatHoldsTheWorkspaceAndGoesOnWithTheStage() {
        var first = failedInTest();

        var body = retry(first.task(), 1).expect(200).body();

        assertThat(body.getString("status")).isEqualTo("QUEUED");
        assertThat(body.getInteger("fromStage")).isEqualTo(1);
        assertThat(body.getInteger("fromAttempt")).isEqualTo(1);
        assertThat(body.getString("machineId")).isEqualTo(holder.machine.toString());
        assertThat(pullBriefly(other)).isEmpty();
        var explained = coordinator.get("/api/web/tasks/" + first.task() + "/explain").body();
        assertThat(explained.getString("summary"))
                .contains("machine-" + holder.machine, "goes on there with stage 'test'");
        assertThat(explained.getJsonArray("machines").encode()).contains("pinned_elsewhere");

        var next = holder.pull(1).getFirst();
        assertThat(next.lease().attempt()).isEqualTo(2);
        assertThat(next.continues()).isEqualTo(new Continuation(1, 1));
        assertThat(holder.report(next.lease(), 1, started(1), started(2), failure()))
                .isEqualTo(Verdict.ACCEPTED);

        // by its name, and in the same workspace still
        retry(first.task(), "ship").expect(200);
        var third = holder.pull(1).getFirst();
        assertThat(third.lease().attempt()).isEqualTo(3);
        assertThat(third.continues()).isEqualTo(new Continuation(2, 1));
    }

    @Test
    void whatIsLostBeforeItBeginsWaitsForTheSameMachine() {
        var first = failedInTest();
        retry(first.task(), 0).expect(200);
        holder.pull(1);
        var next = holder.restarted();
        next.hello();

        assertThat(coordinator.status(first.task())).isEqualTo("QUEUED");
        assertThat(pullBriefly(other)).isEmpty();
        assertThat(next.pull(1).getFirst().continues()).isEqualTo(new Continuation(0, 1));
        next.close();
    }

    @Test
    void aRowThatCannotBeginAnewIsPassedByAndTheOthersDo() {
        var tasks = Stream.generate(() -> failedInTest().task()).limit(3).toList();
        tasks.forEach(task -> retry(task, 1).expect(200));
        long stuck = tasks.get(1);
        coordinator.execute(
                """
                create function refuse() returns trigger language plpgsql
                as 'begin raise exception ''nobody moves this row''; end'
                """);
        coordinator.execute(
                """
                create trigger refuse before update on queue
                for each row when (old.task_id = %d) execute function refuse()
                """
                        .formatted(stuck));

        coordinator.delete("/api/admin/machines/" + holder.machine).expect(204);

        var waiting = "select id from task where state = 'QUEUED' and from_machine is not null";
        // one whose row the periodic pass has in hand is left to that pass
        var left = List.of(Long.toString(stuck));
        Await.until("the others begin anew", () -> coordinator.sql(waiting).equals(left));
        assertThat(other.pull(3))
                .extracting(one -> one.lease().task())
                .containsExactlyInAnyOrder(tasks.getFirst(), tasks.getLast());
        coordinator.execute("drop function refuse cascade");
        Await.until("it begins anew too", () -> coordinator.sql(waiting).isEmpty());
    }

    @Test
    void withoutAStageItBeginsAnewWhereverThereIsRoom() {
        var first = failedInTest();
        retry(first.task(), 1).expect(200);
        coordinator.cancel(first.task()).expect(200);

        var body = coordinator.retry(first.task()).expect(200).body();

        assertThat(body.fieldNames()).doesNotContain("fromStage", "fromAttempt", "machineId");
        var anew = other.pull(1).getFirst();
        assertThat(anew.lease().attempt()).isEqualTo(3);
        assertThat(anew.continues()).isNull();
        other.report(anew.lease(), 1, started(0), failure());
        // and from then on that attempt's workspace counts
        assertThat(retry(first.task(), 1).expect(409).body().getString("code"))
                .isEqualTo("stage_not_reached");
        assertThat(retry(first.task(), 0).expect(200).body().getString("machineId"))
                .isEqualTo(other.machine.toString());
    }

    @Test
    void itGoesOnWhereItFailedAndNotBehindWhatOnlyCleanedUp() {
        var stages = new JsonArray();
        List.of("on_success", "on_success", "on_failure", "always")
                .forEach(
                        when ->
                                stages.add(
                                        new JsonObject()
                                                .put("name", "s" + stages.size())
                                                .put("command", "true")
                                                .put("when", when)));
        var task = coordinator.task(coordinator.project(new JsonObject().put("pipeline", stages)));
        var lease = holder.pull(1).getFirst().lease();
        holder.report(
                lease,
                1,
                new Fact.StageStarted(1, 0, "s0", null),
                new Fact.StageEnded(2, 0, "s0", true, 0, null),
                new Fact.StageStarted(3, 1, "s1", null),
                new Fact.StageEnded(4, 1, "s1", false, 1, "exit_status"),
                new Fact.StageStarted(5, 2, "s2", null),
                new Fact.StageEnded(6, 2, "s2", true, 0, null),
                new Fact.StageStarted(7, 3, "s3", null),
                new Fact.StageEnded(8, 3, "s3", true, 0, null),
                failure());

        assertThat(retry(task, "s2").expect(409).body().getString("code"))
                .isEqualTo("stage_after_failure");
        assertThat(retry(task, "s3").expect(409).body().getString("code"))
                .isEqualTo("stage_not_reached");
        retry(task, "s1").expect(200);
        assertThat(holder.pull(1).getFirst().continues()).isEqualTo(new Continuation(1, 1));
    }

    @Test
    void whereItCannotGoOnItIsRefusedAndStaysAsItIs() {
        var task = failedInTest().task();
        var unbegun = coordinator.task("staged");
        coordinator.cancel(unbegun).expect(200);
        var before = coordinator.eventTypes(task);

        assertThat(retry(task, 2).expect(409).body().getString("code"))
                .isEqualTo("stage_not_reached");
        for (var wrong : new Object[] {3, "deploy"}) {
            var problem = retry(task, wrong).expect(400);
            assertThat(problem.body().getString("code")).isEqualTo("unknown_stage");
            assertThat(problem.pointers()).containsExactly("/fromStage");
        }
        for (var wrong : new Object[] {-1, 50, 1.5, "", true, new JsonArray()}) {
            assertThat(retry(task, wrong).expect(400).pointers()).contains("/fromStage");
        }
        assertThat(retry(unbegun, 0).expect(409).body().getString("code"))
                .isEqualTo("no_workspace");
        coordinator.execute(
                "update machine set status = 'decommissioned' where id = '" + holder.machine + "'");
        assertThat(retry(task, 1).expect(409).body().getString("code"))
                .isEqualTo("machine_decommissioned");

        assertThat(coordinator.status(task)).isEqualTo("FAILED");
        assertThat(coordinator.eventTypes(task)).isEqualTo(before);
    }
}
