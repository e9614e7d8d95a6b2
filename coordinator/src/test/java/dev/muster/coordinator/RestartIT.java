package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.bus.BusOrders;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.lease.Leases;
import dev.muster.coordinator.time.Loops;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.Verdict;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Coordinators come and go: what was acknowledged stays, and nobody is punished for our absence.
 */
class RestartIT {

    private static final Duration GRACE = CoordinatorFixture.SHORT.grace();

    @Test
    void nothingExpiresBeforeMachinesCouldBeHeardForAWholeWindow() {
        try (var coordinator = CoordinatorFixture.start(CoordinatorFixture.SHORT)) {
            coordinator.project("shop", "true");
            var waits = coordinator.task("shop");
            var machine = UUID.randomUUID();
            var token = coordinator.enrol(machine, 4);
            var worker = new FakeWorker(coordinator, machine, token);
            worker.hello();
            var lease = worker.running();
            worker.heartbeat(lease);
            worker.close();
            coordinator.coordinator().close();
            for (var moment :
                    List.of(
                            "lease set heard_at = heard_at -",
                            "lease set expires_at = expires_at -",
                            "presence set seen_at = seen_at -",
                            "sweep set heard_since = heard_since -",
                            "sweep set swept_at = swept_at -")) {
                coordinator.execute("update " + moment + " interval '1 hour'");
            }

            var vertx = Vertx.vertx();
            var registry = new SimpleMeterRegistry();
            var state = "select state from task where id = " + lease.task();
            try (var database = Database.open(vertx, coordinator.database);
                    var leases = leases(database, vertx, registry)) {
                var start = System.nanoTime();
                leases.start();
                Await.until(
                        "the attempt waits",
                        () -> coordinator.sql(state).equals(List.of("SUSPENDED")));
                assertThat(System.nanoTime() - start)
                        .isGreaterThan(CoordinatorFixture.SHORT_SILENCE.offlineAfter().toNanos());
                Await.until(
                        "the attempt is given up",
                        () -> coordinator.sql(state).equals(List.of("FAILED")));
                assertThat(System.nanoTime() - start).isGreaterThan(GRACE.toNanos());
            } finally {
                vertx.close().timeout(20, TimeUnit.SECONDS).await();
            }

            coordinator.restart();
            assertThat(coordinator.task(waits).getString("reason")).isEqualTo("machine_lost");
            assertThat(coordinator.contradictions()).isEmpty();
        }
    }

    private static Leases leases(Database database, Vertx vertx, MeterRegistry registry) {
        return new Leases(
                CoordinatorFixture.SHORT,
                CoordinatorFixture.SHORT::grace,
                CoordinatorFixture.SHORT_SILENCE,
                CoordinatorFixture.SHORT_SILENCE::diskThreshold,
                database,
                database,
                registry,
                new Loops(registry),
                new BusOrders(vertx, Optional::empty),
                () -> {});
    }

    /**
     * Between the two steps of a greeting a coordinator may stand still for as long as it likes.
     */
    @Test
    void aGreetingThatWasHeldUpEndsNothingOfTheDaemonThatCameAfter() {
        var vertx = Vertx.vertx();
        var registry = new SimpleMeterRegistry();
        try (var coordinator = CoordinatorFixture.start(CoordinatorFixture.SHORT);
                var former = FakeWorker.enrolled(coordinator);
                var database = Database.open(vertx, coordinator.database);
                var leases = leases(database, vertx, registry)) {
            coordinator.project("shop", "true");
            var present = former.restarted();
            present.hello();
            coordinator.task("shop");
            var lease = present.running();

            leases.endOfOtherBoots(former.machine, former.boot);

            assertThat(coordinator.status(lease.task())).isEqualTo("RUNNING");
            assertThat(present.report(lease, 2, new Fact.Succeeded(3, null)))
                    .isEqualTo(Verdict.ACCEPTED);
        } finally {
            vertx.close().timeout(20, TimeUnit.SECONDS).await();
        }
    }

    @Test
    void twoCoordinatorsServeTheSameWorkersAndOneMayLeave() {
        try (var here = CoordinatorFixture.start(CoordinatorFixture.SHORT)) {
            here.project("shop", "true");
            try (var worker = FakeWorker.enrolled(here)) {
                var there = here.another();
                var seen = new HashSet<Boolean>();
                for (int i = 0; i < 40 && seen.size() < 2; i++) {
                    var pull = worker.pullLater(UUID.randomUUID(), 1, 20_000, false);
                    Await.until("the pull is parked here or there", () -> parked(here, there));
                    boolean isHere = here.metric("muster_dispatch_open_credit") > 0;

                    var id = here.task("shop");

                    var lease = pull.timeout(20, TimeUnit.SECONDS).await().getFirst().lease();
                    assertThat(lease.task()).isEqualTo(id);
                    seen.add(isHere);
                    var facts =
                            new Fact[] {
                                new Fact.StageStarted(1, 0, "only", null),
                                new Fact.StageEnded(2, 0, "only", true, 0, null),
                                new Fact.Succeeded(3, null)
                            };
                    for (int n = 0; n < facts.length; n++) {
                        // each goes to whichever coordinator is next
                        assertThat(worker.report(lease, n + 1, facts[n]))
                                .isEqualTo(Verdict.ACCEPTED);
                    }
                    here.awaitStatus(id, "COMPLETED");
                }
                assertThat(seen).as("parked at both").containsExactlyInAnyOrder(true, false);

                there.close();

                var id = here.task("shop");
                assertThat(worker.pull(1).getFirst().lease().task()).isEqualTo(id);
                assertThat(here.contradictions()).isEmpty();
            }
        }
    }

    private static boolean parked(CoordinatorFixture here, Coordinator there) {
        return here.metric("muster_dispatch_open_credit") > 0
                || here.metric(there.managementPort(), "muster_dispatch_open_credit") > 0;
    }

    /** A parked pull is answered when its coordinator leaves, so that its worker goes elsewhere. */
    @Test
    void aCoordinatorThatClosesAnswersThePullsItHolds() {
        try (var coordinator = CoordinatorFixture.start(CoordinatorFixture.SHORT)) {
            var there = coordinator.another();
            try (var worker = FakeWorker.enrolled(coordinator)) {
                var pulls =
                        java.util.stream.IntStream.range(0, 4)
                                .mapToObj(
                                        _ -> worker.pullLater(UUID.randomUUID(), 1, 25_000, false))
                                .toList();
                Await.until(
                        "some are parked there",
                        () ->
                                coordinator.metric(
                                                there.managementPort(),
                                                "muster_dispatch_open_credit")
                                        > 0);
                // in turn, so each coordinator has answered: a connection that it has yet to make
                // when it closes may come too late
                for (int n = 0; n < 4; n++) {
                    worker.pullLater(UUID.randomUUID(), 1, 1, false).await();
                }

                there.close();

                Future.any(pulls).timeout(10, TimeUnit.SECONDS).await();
                assertThat(pulls.stream().filter(Future::succeeded))
                        .isNotEmpty()
                        .allSatisfy(pull -> assertThat(pull.result()).isEmpty());
            }
        }
    }
}
