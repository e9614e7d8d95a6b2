package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.Hello;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Verdict;
import dev.muster.protocol.wire.Wire;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.UUID;

/** Until when a machine may run what it was granted. Silence is borne for as long as told here. */
class LeaseIT extends OneWorker {

    private static final Fact START = new Fact.StageStarted(1, 0, "only", null);
    private static final Duration GRACE = CoordinatorFixture.SHORT.grace();

    @BeforeAll
    static void start() {
        start(CoordinatorFixture.SHORT);
    }

    private LeaseRef assigned() {
        coordinator.task("shop");
        return worker.pull(1).getFirst().lease();
    }

    private LeaseRef running() {
        coordinator.task("shop");
        return worker.running();
    }

    @Test
    void anAttemptNobodyMentionsGoesBackAndItsFormerHolderIsRefused() {
        var first = assigned();
        worker.append(first, 0, "printed before a stage started".getBytes(UTF_8));

        coordinator.awaitStatus(first.task(), "QUEUED");
        var second = worker.pull(1).getFirst().lease();

        assertThat(second.task()).isEqualTo(first.task());
        assertThat(second.attempt()).isEqualTo(first.attempt());
        assertThat(second.fence()).isGreaterThan(first.fence());
        assertThat(worker.report(first, 1, START)).isEqualTo(Verdict.STALE);
        assertThat(worker.append(first, 0, new byte[1]).verdict()).isEqualTo(Verdict.STALE);
        assertThat(worker.heartbeat(first).stop()).containsExactly(first);
        assertThat(worker.report(second, 1, START)).isEqualTo(Verdict.ACCEPTED);
    }

    @Test
    void aMachineThatNeverHearsWhatItWasGivenDoesNotKeepItForEver() throws Exception {
        var id = coordinator.task("shop");
        var poll = UUID.randomUUID();
        assertThat(worker.pull(poll, 1, 5000, false)).hasSize(1);
        var other = bus.neighbour(coordinator);
        var given = other.pullLater(UUID.randomUUID(), 1, 25_000, false);
        var start = System.nanoTime();

        // each answer is one that got lost
        Await.until(
                "another machine has it",
                () -> {
                    other.heartbeat();
                    worker.pull(poll, 1, 1, true);
                    return given.isComplete();
                });

        assertThat(given.result()).extracting(one -> one.lease().task()).containsExactly(id);
        assertThat(System.nanoTime() - start)
                .as("it was prolonged for a while")
                .isGreaterThan(CoordinatorFixture.SHORT.startDeadline().multipliedBy(2).toNanos());
        other.close();
    }

    /** Or the next holder's bytes would be taken for bytes that are there already. */
    @Test
    void theLogOfAnAttemptThatIsGrantedAnewBeginsAnew() {
        var first = assigned();
        worker.append(first, 0, "the former holder's\n".getBytes(UTF_8));
        coordinator.awaitStatus(first.task(), "QUEUED");
        var second = worker.pull(1).getFirst().lease();
        worker.report(second, 1, START);

        assertThat(worker.append(second, 0, "new\n".getBytes(UTF_8)).stored()).isEqualTo(4);

        assertThat(
                        coordinator
                                .get("/api/web/tasks/" + first.task() + "/logs")
                                .body()
                                .getJsonArray("items")
                                .getJsonObject(0)
                                .getString("text"))
                .isEqualTo("new");
    }

    @Test
    void anAttemptThatRanIsLostAfterTheGraceWindow() {
        coordinator.task("shop");
        var start = System.nanoTime();
        var lease = worker.running();

        coordinator.awaitStatus(lease.task(), "FAILED");

        assertThat(System.nanoTime() - start).isGreaterThan(GRACE.toNanos());
        assertThat(coordinator.task(lease.task()).getString("reason")).isEqualTo("machine_lost");
        assertThat(coordinator.eventTypes(lease.task()))
                .endsWith("RUNNING>SUSPENDED", "SUSPENDED>FAILED");
        assertThat(worker.heartbeat(lease).stop()).containsExactly(lease);
        assertThat(coordinator.sql("select outcome from attempt where task_id = " + lease.task()))
                .containsExactly("LOST");
    }

    @Test
    void heartbeatsKeepWhatTheyNameAndNothingElse() {
        var named = running();
        var unnamed = running();
        var start = System.nanoTime();

        Await.until(
                "the unnamed one is given up, and three grace windows are over",
                () -> {
                    assertThat(worker.heartbeat(named).stop()).isEmpty();
                    return System.nanoTime() - start > GRACE.multipliedBy(2).toNanos()
                            && coordinator.status(unnamed.task()).equals("FAILED");
                });

        assertThat(coordinator.status(named.task())).isEqualTo("RUNNING");
        assertThat(coordinator.task(unnamed.task()).getString("reason")).isEqualTo("worker_lost");
    }

    @Test
    void aNewDaemonEndsWhatTheFormerRanAndRequeuesWhatItHadNotBegun() {
        var ran = running();
        var had = assigned();
        worker.heartbeat(ran, had);
        var next = worker.restarted();

        next.hello();

        assertThat(coordinator.status(ran.task())).isEqualTo("FAILED");
        assertThat(coordinator.task(ran.task()).getString("reason")).isEqualTo("worker_restarted");
        assertThat(coordinator.status(had.task())).isEqualTo("QUEUED");
        assertThat(next.pull(1).getFirst().lease().fence()).isGreaterThan(had.fence());
        assertThat(refusedHeartbeat(worker, had)).isEqualTo(Addresses.REPLACED);
    }

    private static int refusedHeartbeat(FakeWorker worker, LeaseRef lease) {
        try {
            worker.heartbeat(lease);
        } catch (io.vertx.core.eventbus.ReplyException e) {
            return e.failureCode();
        }
        throw new AssertionError("the heartbeat was taken");
    }

    @Test
    void aHelloAfterALostConnectionEndsNothingAndTellsWhatToStop() {
        var lease = running();
        var gone = running();
        coordinator.cancel(gone.task()).expect(200);

        var welcome = worker.hello(lease, gone);

        assertThat(welcome.stop()).containsExactly(gone);
        assertThat(coordinator.status(lease.task())).isEqualTo("RUNNING");
    }

    @Test
    void aFormerDaemonsHelloThatComesLateEndsNothing() {
        var former = worker;
        var present = worker.restarted();
        present.hello();
        coordinator.task("shop");
        var lease = present.running();
        var late =
                new Hello(
                        Wire.VERSION,
                        former.machine,
                        former.boot,
                        "test",
                        List.of("shell"),
                        4,
                        List.of());

        assertThat(former.refusalOf(Addresses.HELLO, late, former.token))
                .isEqualTo(Addresses.REPLACED);

        assertThat(coordinator.status(lease.task())).isEqualTo("RUNNING");
        assertThat(present.heartbeat(lease).stop()).isEmpty();
        assertThat(present.report(lease, 2, new Fact.Succeeded(3, null)))
                .isEqualTo(Verdict.ACCEPTED);
    }
}
