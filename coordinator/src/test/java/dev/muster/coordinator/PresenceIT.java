package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.cluster.P256;
import dev.muster.cluster.Passport;
import dev.muster.cluster.Pem;
import dev.muster.coordinator.cluster.MemberSocket;
import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.coordinator.config.PresenceConfig;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.GateAnswer;
import dev.muster.protocol.message.LateAppended;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Verdict;
import dev.muster.protocol.message.Waiting;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;

/** What becomes of tasks whose machine is silent, and when it speaks again. */
class PresenceIT extends OneWorker {

    private static final LeaseConfig LEASE =
            new LeaseConfig(Duration.ofMillis(500), Duration.ofMillis(150), Duration.ofSeconds(60));
    private static final PresenceConfig PRESENCE =
            new PresenceConfig(Duration.ofMillis(500), Duration.ofMillis(1000), 0.9);

    private static final Fact END = new Fact.StageEnded(2, 0, "only", true, 0, null);
    private static final Fact SUCCESS = new Fact.Succeeded(3, null);

    @BeforeAll
    static void start() {
        start(CoordinatorFixture.start(LEASE, PRESENCE));
        coordinator.project("gated", new JsonObject().put("confirm", true));
        project("none", 0, new JsonObject());
        project("short", 2, new JsonObject());
        project("asks", 0, new JsonObject().put("confirm", true));
    }

    private static void project(String key, int graceWindow, JsonObject more) {
        var stage = new JsonObject().put("name", "only").put("command", "true").mergeIn(more);
        var made =
                coordinator
                        .post(
                                "/api/admin/projects",
                                new JsonObject()
                                        .put("key", key)
                                        .put("name", key)
                                        .put("graceWindow", graceWindow)
                                        .put("pipeline", new JsonArray().add(stage)))
                        .expect(201);
        assertThat(made.body().getInteger("graceWindow")).isEqualTo(graceWindow);
    }

    private LeaseRef running(String project) {
        coordinator.task(project);
        return worker.running();
    }

    /** A task that waits at the gate of its first stage. */
    private LeaseRef atGate() {
        return atGate("gated");
    }

    private LeaseRef atGate(String project) {
        coordinator.task(project);
        var lease = worker.pull(1).getFirst().lease();
        assertThat(worker.report(lease, 1, new Fact.GateOpened(1, 0, "only", null)))
                .isEqualTo(Verdict.ACCEPTED);
        return lease;
    }

    private static JsonArray suspendReasons(LeaseRef lease) {
        return coordinator.task(lease.task()).getJsonArray("suspendReasons");
    }

    private static String leases(LeaseRef lease) {
        return coordinator.sql("select count(*) from lease where task_id = " + lease.task()).get(0);
    }

    @Test
    void aMachineThatDrainsAndFallsSilentIsShownAsBoth() {
        var path = "/api/admin/machines/" + worker.machine;
        coordinator.put(path, new JsonObject().put("status", "draining")).expect(200);
        Await.until(
                "it is heard of",
                () -> {
                    worker.heartbeat();
                    return shown().getString("presence").equals("online");
                });

        Await.until("it is offline", () -> shown().getString("presence").equals("offline"));

        assertThat(shown().getString("status")).isEqualTo("draining");
    }

    /** The machine as people see it. */
    private JsonObject shown() {
        var machines = coordinator.get("/api/web/machines").body().getJsonArray("items");
        return machines.stream()
                .map(JsonObject.class::cast)
                .filter(machine -> machine.getString("id").equals(worker.machine.toString()))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aSilentMachinesTasksWaitForItWithTheirLeasesAndGoOnWhenItSpeaks() {
        var lease = running("shop");

        coordinator.awaitStatus(lease.task(), "SUSPENDED");

        assertThat(coordinator.task(lease.task()).getString("reason")).isEqualTo("MACHINE_LOST");
        assertThat(leases(lease)).isEqualTo("1");
        assertThat(shown().getString("status")).isEqualTo("offline");

        assertThat(worker.heartbeat(lease).stop()).isEmpty();

        assertThat(coordinator.status(lease.task())).isEqualTo("RUNNING");
        assertThat(coordinator.task(lease.task()).containsKey("reason")).isFalse();
        assertThat(coordinator.eventTypes(lease.task()))
                .endsWith("RUNNING>SUSPENDED", "SUSPENDED>RUNNING");
        assertThat(worker.report(lease, 2, END, SUCCESS)).isEqualTo(Verdict.ACCEPTED);
    }

    @Test
    void aHelloThatNamesThemDoesTheSame() {
        var lease = running("shop");
        coordinator.awaitStatus(lease.task(), "SUSPENDED");

        var welcome = worker.hello(lease);

        assertThat(welcome.stop()).isEmpty();
        assertThat(welcome.kept())
                .singleElement()
                .satisfies(
                        kept -> {
                            assertThat(kept.lease()).isEqualTo(lease);
                            assertThat(kept.windowMillis()).isEqualTo(LEASE.grace().toMillis());
                        });
        assertThat(coordinator.status(lease.task())).isEqualTo("RUNNING");
    }

    @Test
    void aReportOfAMachineThatIsBackIsTakenWhereverItFindsItsTask() {
        var lease = running("shop");
        coordinator.awaitStatus(lease.task(), "SUSPENDED");

        assertThat(worker.report(lease, 2, END)).isEqualTo(Verdict.ACCEPTED);
        assertThat(coordinator.status(lease.task())).isEqualTo("RUNNING");
        coordinator.awaitStatus(lease.task(), "SUSPENDED");
        assertThat(worker.report(lease, 3, SUCCESS)).isEqualTo(Verdict.ACCEPTED);
        assertThat(coordinator.status(lease.task())).isEqualTo("COMPLETED");

        var failing = running("shop");
        coordinator.awaitStatus(failing.task(), "SUSPENDED");
        var failure = new Fact.Failed(3, "stage_failed", "no", null);
        assertThat(worker.report(failing, 2, failure)).isEqualTo(Verdict.ACCEPTED);
        assertThat(coordinator.status(failing.task())).isEqualTo("FAILED");
        assertThat(coordinator.task(failing.task()).getString("reason")).isEqualTo("stage_failed");
    }

    @Test
    void aProjectsOwnWindowDecidesHowLongIsWaited() {
        var none = running("none");
        var start = System.nanoTime();
        var brief = running("short");
        var usual = running("shop");

        coordinator.awaitStatus(none.task(), "FAILED");
        assertThat(coordinator.status(brief.task())).isIn("RUNNING", "SUSPENDED");
        coordinator.awaitStatus(brief.task(), "FAILED");

        assertThat(System.nanoTime() - start).isGreaterThan(Duration.ofSeconds(2).toNanos());
        assertThat(coordinator.task(brief.task()).getString("reason")).isEqualTo("machine_lost");
        assertThat(coordinator.status(usual.task())).isEqualTo("SUSPENDED");
    }

    /** What it says is believed as long as nothing came after it, and shown as late. */
    @Test
    void whatHadFinishedOnAMachineThatWasGivenUpIsHeardLate() {
        var succeeded = running("none");
        var failed = running("none");
        var retried = running("none");
        var cancelled = running("shop");
        coordinator.cancel(cancelled.task()).expect(200);
        assertThat(worker.append(succeeded, 0, "one\n".getBytes(UTF_8)).stored()).isEqualTo(4);
        for (var lease : List.of(succeeded, failed, retried)) {
            coordinator.awaitStatus(lease.task(), "FAILED");
        }
        var handedIn = running("none");
        coordinator.awaitStatus(handedIn.task(), "FAILED");
        coordinator.retry(retried.task()).expect(200);

        // what runs is stopped, and so is what something came after
        assertThat(worker.hello(succeeded).stop()).containsExactly(succeeded);
        assertThat(worker.helloFinished(succeeded, failed, retried, cancelled).stop())
                .containsExactlyInAnyOrder(retried, cancelled);
        assertThat(bus.report(succeeded, 2, END, SUCCESS)).isEqualTo(Verdict.STALE);
        assertThat(bus.append(succeeded, 4, "no".getBytes(UTF_8)).verdict())
                .isEqualTo(Verdict.STALE);
        assertThat(worker.report(succeeded, 3, SUCCESS)).isEqualTo(Verdict.GAP);
        var wait = new Fact.GateOpened(2, 0, "only", null);
        assertThat(worker.report(succeeded, 2, wait)).isEqualTo(Verdict.STALE);

        assertThat(worker.append(succeeded, 9, "no".getBytes(UTF_8)).verdict())
                .isEqualTo(Verdict.GAP);
        assertThat(worker.append(succeeded, 4, "two\n".getBytes(UTF_8)).verdict())
                .isEqualTo(Verdict.ACCEPTED);
        assertThat(worker.report(succeeded, 2, END)).isEqualTo(Verdict.ACCEPTED);
        assertThat(coordinator.status(succeeded.task())).isEqualTo("FAILED");
        assertThat(worker.report(succeeded, 2, END, SUCCESS)).isEqualTo(Verdict.ACCEPTED);
        assertThat(worker.report(succeeded, 2, END, SUCCESS)).isEqualTo(Verdict.ACCEPTED);

        assertThat(coordinator.status(succeeded.task())).isEqualTo("COMPLETED");
        assertThat(coordinator.task(succeeded.task()).containsKey("reason")).isFalse();
        assertThat(coordinator.eventTypes(succeeded.task())).endsWith("FAILED>COMPLETED");
        assertThat(lateOutcomes(succeeded)).containsExactly("SUCCEEDED");
        assertThat(lines(succeeded)).containsExactly("one", "two");
        assertThat(attempt(succeeded).getString("outcome")).isEqualTo("SUCCEEDED");
        // one result, whoever says another later
        var other = new Fact.Failed(4, "stage_failed", "no", null);
        assertThat(worker.report(succeeded, 4, other)).isEqualTo(Verdict.STALE);
        assertThat(worker.append(succeeded, 8, "no".getBytes(UTF_8)).verdict())
                .isEqualTo(Verdict.STALE);

        assertThat(worker.report(failed, 2, other)).isEqualTo(Verdict.ACCEPTED);
        assertThat(worker.report(failed, 3, SUCCESS)).isEqualTo(Verdict.STALE);
        assertThat(coordinator.status(failed.task())).isEqualTo("FAILED");
        assertThat(coordinator.task(failed.task()).getString("reason")).isEqualTo("stage_failed");
        assertThat(attempt(failed).getString("outcome")).isEqualTo("FAILED");
        assertThat(lateOutcomes(failed)).containsExactly("FAILED");

        // who sends the rest of its log as late has no outcome to tell
        for (var lease : List.of(handedIn, retried)) {
            assertThat(worker.appendLate(lease, 0, "late".getBytes(UTF_8)).answer())
                    .isEqualTo(LateAppended.Answer.ACCEPTED);
        }
        assertThat(worker.append(handedIn, 0, "log".getBytes(UTF_8)).verdict())
                .isEqualTo(Verdict.STALE);
        for (var lease : List.of(handedIn, retried, cancelled)) {
            assertThat(worker.report(lease, 2, END, SUCCESS)).isEqualTo(Verdict.STALE);
        }
        assertThat(coordinator.status(handedIn.task())).isEqualTo("FAILED");
        assertThat(coordinator.status(retried.task())).isEqualTo("QUEUED");
        assertThat(coordinator.status(cancelled.task())).isEqualTo("CANCELLED");
    }

    private static List<String> lateOutcomes(LeaseRef lease) {
        var path = "/api/web/tasks/" + lease.task() + "/events?type=late_outcome";
        return coordinator.get(path).expect(200).body().getJsonArray("items").stream()
                .map(event -> ((JsonObject) event).getJsonObject("data").getString("outcome"))
                .toList();
    }

    private static List<String> lines(LeaseRef lease) {
        var page = coordinator.get("/api/web/tasks/" + lease.task() + "/logs").expect(200).body();
        return page.getJsonArray("items").stream()
                .map(line -> ((JsonObject) line).getString("text"))
                .toList();
    }

    private static JsonObject attempt(LeaseRef lease) {
        return coordinator.task(lease.task()).getJsonArray("attempts").getJsonObject(0);
    }

    /** It can have ended badly there, but not have gone on. */
    @Test
    void whatNobodyHadAnsweredWhenItWasGivenUpCannotHaveSucceeded() {
        var lease = atGate("asks");
        coordinator.awaitStatus(lease.task(), "FAILED");

        var start = new Fact.StageStarted(2, 0, "only", null);
        assertThat(worker.report(lease, 2, start, END, SUCCESS)).isEqualTo(Verdict.STALE);
        assertThat(worker.report(lease, 2, SUCCESS)).isEqualTo(Verdict.STALE);
        assertThat(coordinator.status(lease.task())).isEqualTo("FAILED");

        var failure = new Fact.Failed(2, "worker_error", "no", null);
        assertThat(worker.report(lease, 2, failure)).isEqualTo(Verdict.ACCEPTED);
        assertThat(coordinator.task(lease.task()).getString("reason")).isEqualTo("worker_error");
    }

    @Test
    void whatAMachineInContactDoesNotMentionForLongIsLost() {
        var forgotten = running("shop");
        var named = running("shop");

        Await.until(
                "the forgotten one is given up",
                () -> {
                    worker.heartbeat(named);
                    return coordinator.status(forgotten.task()).equals("FAILED");
                });

        assertThat(coordinator.task(forgotten.task()).getString("reason")).isEqualTo("worker_lost");
        assertThat(coordinator.status(named.task())).isEqualTo("RUNNING");
    }

    @Test
    void whatADecommissionedMachineRanFailsAndWhatWaitedForItIsQueued() {
        var runs = running("shop");
        var waits = atGate();
        worker.heartbeat(runs, waits);

        coordinator.execute(
                "update machine set status = 'decommissioned' where id = '" + worker.machine + "'");

        coordinator.awaitStatus(runs.task(), "FAILED");
        coordinator.awaitStatus(waits.task(), "QUEUED");
        assertThat(coordinator.task(runs.task()).getString("reason"))
                .isEqualTo("machine_decommissioned");
        assertThat(worker.report(runs, 2, END, SUCCESS)).isEqualTo(Verdict.STALE);
    }

    @Test
    void aDecommissionedMachineHasNoPlaceInTheClusterHoweverLongItsCertificateIsGood()
            throws Exception {
        var keys = P256.random();
        var key = Base64.getEncoder().encodeToString(keys.getPublic().getEncoded());
        var signed =
                coordinator
                        .postAs(
                                worker.token,
                                "/api/workers/certificate",
                                new JsonObject().put("publicKey", key))
                        .expect(200)
                        .body();
        var passport =
                new Passport(
                        keys.getPrivate(),
                        Pem.certificate(signed.getString("certificate")),
                        Pem.certificate(signed.getString("authority")));
        var address = coordinator.coordinator().clusterAddress();

        try (var open = MemberSocket.greeted(address, passport)) {
            coordinator.delete("/api/admin/machines/" + worker.machine).expect(204);

            assertThat(MemberSocket.ends(open)).isTrue();
        }
        assertThatThrownBy(() -> MemberSocket.greeted(address, passport))
                .isInstanceOf(IOException.class);
    }

    /** Two reasons to wait, each left by its own exit, in either order. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aTaskThatWaitsForAPersonAndForItsMachineGoesOnWhenBothAreThere(boolean machineFirst) {
        var lease = atGate();
        var both = new JsonArray().add("GATE").add("MACHINE_LOST");
        Await.until("it waits for both", () -> suspendReasons(lease).equals(both));
        assertThat(coordinator.task(lease.task()).getString("reason")).isEqualTo("GATE");

        if (machineFirst) {
            worker.heartbeat(lease);
            assertThat(suspendReasons(lease)).isEqualTo(new JsonArray().add("GATE"));
            confirm(lease);
        } else {
            confirm(lease);
            assertThat(coordinator.status(lease.task())).isEqualTo("SUSPENDED");
            assertThat(suspendReasons(lease)).isEqualTo(new JsonArray().add("MACHINE_LOST"));
            assertThat(coordinator.task(lease.task()).getString("reason"))
                    .isEqualTo("MACHINE_LOST");
            assertThat(worker.answered(new Waiting(lease, 0)))
                    .containsExactly(new GateAnswer(lease, 0, "confirm"));
        }

        assertThat(coordinator.status(lease.task())).isEqualTo("RUNNING");
        assertThat(coordinator.task(lease.task()).containsKey("reason")).isFalse();
        var start = new Fact.StageStarted(2, 0, "only", null);
        assertThat(worker.report(lease, 2, start, END, SUCCESS)).isEqualTo(Verdict.ACCEPTED);
    }

    private static void confirm(LeaseRef lease) {
        var answer = new JsonObject().put("stageIndex", 0).put("result", "confirm");
        coordinator.post("/api/web/tasks/" + lease.task() + "/confirm-stage", answer).expect(200);
    }

    @Test
    void aCancelledTaskOfALostMachineStaysCancelled() {
        var lease = running("shop");
        coordinator.awaitStatus(lease.task(), "SUSPENDED");

        coordinator.cancel(lease.task()).expect(200);

        assertThat(worker.hello(lease).stop()).containsExactly(lease);
        assertThat(worker.report(lease, 2, END, SUCCESS)).isEqualTo(Verdict.STALE);
        assertThat(coordinator.status(lease.task())).isEqualTo("CANCELLED");
    }

    @Test
    void whenMostMachinesFallSilentAtOnceEachGetsAnotherWindow() {
        var start = System.nanoTime();
        var silent = IntStream.range(0, 3).mapToObj(_ -> bus.neighbour(coordinator)).toList();
        var alive = running("shop");
        var lost =
                silent.stream()
                        .map(
                                one -> {
                                    coordinator.task("shop");
                                    return one.running();
                                })
                        .toList();

        Await.until(
                "the sweep is withheld",
                () -> {
                    worker.heartbeat(alive);
                    return coordinator.metric("muster_lease_sweep_withheld") == 1;
                });
        Await.until(
                "they wait all the same, later",
                () -> {
                    worker.heartbeat(alive);
                    return lost.stream()
                            .allMatch(one -> coordinator.status(one.task()).equals("SUSPENDED"));
                });

        // silent for the first, and for a second once that was noticed
        assertThat(System.nanoTime() - start)
                .isGreaterThan(PRESENCE.offlineAfter().multipliedBy(2).toNanos());
        worker.heartbeat(alive);
        assertThat(coordinator.status(alive.task())).isEqualTo("RUNNING");
        silent.forEach(FakeWorker::close);
    }

    @Test
    void aBreakBetweenSweepsCountsAsNobodysSilence() {
        var lease = running("shop");
        worker.heartbeat(lease);
        var start = System.nanoTime();
        coordinator.execute("update sweep set swept_at = swept_at - interval '1 hour'");
        coordinator.execute("update lease set heard_at = heard_at - interval '1 hour'");
        coordinator.execute("update presence set seen_at = seen_at - interval '1 hour'");

        coordinator.awaitStatus(lease.task(), "SUSPENDED");

        assertThat(System.nanoTime() - start).isGreaterThan(PRESENCE.offlineAfter().toNanos());
    }
}
