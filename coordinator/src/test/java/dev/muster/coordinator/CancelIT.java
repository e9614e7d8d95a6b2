package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.coordinator.db.TestDatabase;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Verdict;

import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** A person stops a task, at whatever moment: it ends once, and its machine is told. */
class CancelIT {

    private static final int RACES = 200;
    private static final Fact SUCCESS = new Fact.Succeeded(3, null);

    private static CoordinatorFixture coordinator;
    private static FakeWorker worker;
    private static BlockingQueue<LeaseRef> orders;

    @BeforeAll
    static void start() {
        coordinator = CoordinatorFixture.start(LeaseConfig.DEFAULT);
        coordinator.project("shop", "true");
        worker = FakeWorker.enrolled(coordinator);
        orders = worker.orders();
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
    }

    @Test
    void aQueuedTaskIsCancelledAndNeverGranted() {
        var id = coordinator.task("shop");

        var answer = coordinator.cancel(id).expect(200).body();

        assertThat(answer.getString("status")).isEqualTo("CANCELLED");
        assertThat(answer.getString("reason")).isEqualTo("cancelled");
        assertThat(worker.pull(UUID.randomUUID(), 1, 100, false)).isEmpty();
        var by = event(id).getJsonObject("data").getJsonObject("by");
        assertThat(by.getString("name")).isEqualTo("admin");
    }

    private static JsonObject event(long id) {
        var items =
                coordinator
                        .get("/api/web/tasks/" + id + "/events")
                        .expect(200)
                        .body()
                        .getJsonArray("items");
        return items.getJsonObject(items.size() - 1);
    }

    @Test
    void anAssignedAndARunningTaskAreCancelledAndTheirMachineIsTold() throws Exception {
        coordinator.task("shop");
        var assigned = worker.pull(1).getFirst().lease();
        coordinator.task("shop");
        var running = worker.running();

        for (var lease : List.of(assigned, running)) {
            coordinator.cancel(lease.task()).expect(200);
            assertThat(coordinator.status(lease.task())).isEqualTo("CANCELLED");
            LeaseRef ordered;
            do {
                ordered = orders.poll(20, TimeUnit.SECONDS);
                assertThat(ordered).isNotNull();
            } while (!ordered.equals(lease));
            assertThat(worker.heartbeat(lease).stop()).containsExactly(lease);
        }
    }

    @Test
    void aTaskThatHasEndedCannotBeCancelled() {
        coordinator.task("shop");
        var done = worker.running();
        worker.report(done, 2, SUCCESS);
        coordinator.task("shop");
        var failed = worker.pull(1).getFirst().lease();
        worker.report(failed, 1, new Fact.Failed(1, "workspace_failed", "d", null));
        var cancelled = coordinator.task("shop");
        coordinator.cancel(cancelled).expect(200);

        for (var id : List.of(done.task(), failed.task(), cancelled)) {
            var events = coordinator.eventTypes(id);
            var problem = coordinator.cancel(id).expect(409).body();
            assertThat(problem.getString("code")).isEqualTo("task_ended");
            assertThat(coordinator.eventTypes(id)).isEqualTo(events);
        }
        coordinator.cancel(1_000_000_000L).expect(404);
    }

    @Test
    void cancellingWhileAMachineClaimsLeavesTheTaskCancelledAndNoLease() {
        for (int i = 0; i < RACES; i++) {
            var id = coordinator.task("shop");

            Threads.all(
                    () -> worker.pull(UUID.randomUUID(), 1, 50, false),
                    () -> coordinator.cancel(id).expect(200));

            assertThat(coordinator.status(id)).isEqualTo("CANCELLED");
        }
        assertThat(coordinator.sql("select 1 from queue")).isEmpty();
    }

    @Test
    void cancellingWhileTheMachineReportsEndsTheTaskOnce() {
        for (int i = 0; i < RACES; i++) {
            coordinator.task("shop");
            var lease = worker.running();
            var verdict = new AtomicReference<Verdict>();
            var status = new AtomicReference<Integer>();

            Threads.all(
                    () -> verdict.set(worker.report(lease, 2, SUCCESS)),
                    () -> status.set(coordinator.cancel(lease.task()).status()));

            if (verdict.get() == Verdict.ACCEPTED) {
                assertThat(status.get()).isEqualTo(409);
                assertThat(coordinator.status(lease.task())).isEqualTo("COMPLETED");
            } else {
                assertThat(verdict.get()).isEqualTo(Verdict.STALE);
                assertThat(status.get()).isEqualTo(200);
                assertThat(coordinator.status(lease.task())).isEqualTo("CANCELLED");
            }
        }
    }

    /**
     * A new daemon ends what the former one held, while a person cancels it and it is re-granted.
     */
    @Test
    void cancellingWhileTheTaskGoesBackToTheQueueLeavesItCancelled() {
        var daemon = worker.neighbour(coordinator);
        for (int i = 0; i < 60; i++) {
            coordinator.task("shop");
            var lease = daemon.pull(1).getFirst().lease();
            var next = daemon.restarted();

            Threads.all(
                    next::hello,
                    () -> worker.pull(UUID.randomUUID(), 1, 50, false),
                    () -> coordinator.cancel(lease.task()).expect(200));

            assertThat(coordinator.status(lease.task())).isEqualTo("CANCELLED");
            daemon = next;
        }
    }

    /**
     * The same, with the moment chosen: the lease that cancelling waits for is replaced by another.
     */
    @Test
    void aLeaseThatIsGrantedWhileCancellingWaitsIsRevokedToo() throws Exception {
        coordinator.task("shop");
        var lease = worker.pull(1).getFirst().lease();
        try (var mover = TestDatabase.connect(coordinator.database);
                var statement = mover.createStatement()) {
            mover.setAutoCommit(false);
            var of = " where task_id = " + lease.task();
            statement.execute("create temporary table old as select * from lease" + of);
            statement.execute("delete from lease" + of);
            var cancelling = Thread.ofVirtual().start(() -> coordinator.cancel(lease.task()));
            coordinator.awaitWaiting("delete from lease%");
            statement.execute("update old set fence = fence + 1");
            statement.execute("insert into lease select * from old");
            statement.execute("update attempt set fence = fence + 1" + of);
            statement.execute("update task set fence = fence + 1 where id = " + lease.task());
            mover.commit();
            assertThat(cancelling.join(Duration.ofSeconds(30))).isTrue();
        }

        assertThat(coordinator.status(lease.task())).isEqualTo("CANCELLED");
        assertThat(coordinator.sql("select 1 from lease where task_id = " + lease.task()))
                .isEmpty();
    }

    @Test
    void ofManyWhoCancelAtOnceOneSucceeds() {
        var id = coordinator.task("shop");
        var successes = new java.util.concurrent.atomic.AtomicInteger();

        Threads.all(
                java.util.stream.IntStream.range(0, 20)
                        .mapToObj(
                                _ ->
                                        (Runnable)
                                                () -> {
                                                    if (coordinator.cancel(id).status() == 200) {
                                                        successes.incrementAndGet();
                                                    }
                                                })
                        .toArray(Runnable[]::new));

        assertThat(successes).hasValue(1);
        assertThat(coordinator.eventTypes(id)).containsExactly(">QUEUED", "QUEUED>CANCELLED");
    }
}
