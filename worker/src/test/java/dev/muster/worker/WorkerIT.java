package dev.muster.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.GateAnswer;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Pause;
import dev.muster.protocol.message.Pull;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.question.Question;
import dev.muster.protocol.question.Reply;
import dev.muster.worker.FakeCoordinator.Fate;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A worker over a gateway and, with {@code -Pfaults}, over each of its two ways to a coordinator:
 * clusters take long to make, and the end-to-end tests have one anyway.
 */
@ParameterizedClass
@MethodSource("transports")
final class WorkerIT {

    private static final int SLOTS = 8;

    static Stream<WorkerConfig.Transport> transports() {
        return Boolean.getBoolean("muster.every-transport")
                ? Stream.of(WorkerConfig.Transport.values())
                : Stream.of(WorkerConfig.Transport.GATEWAY);
    }

    @Parameter WorkerConfig.Transport transport;
    @TempDir private Path data;
    private FakeCoordinator coordinator;
    private final TestRunner runner = new TestRunner();
    private Worker worker;
    private final SleepyTime time = new SleepyTime();

    @BeforeEach
    void start() throws Exception {
        coordinator = new FakeCoordinator();
        worker = Worker.start(config(coordinator.http.drawToken()), runner, time);
        assertThat(worker.awaitConnected(Duration.ofSeconds(20))).isTrue();
    }

    @AfterEach
    void stop() throws Exception {
        worker.close();
        coordinator.close();
    }

    private WorkerConfig config(String token) {
        return new TestConfig(coordinator.http.address(), data.resolve("worker"))
                .token(token)
                .slots(SLOTS)
                .transport(transport)
                .build();
    }

    @Test
    void anAttemptRunsAndItsFactsAreToldInOrder() throws Exception {
        var lease = coordinator.enqueue();

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));

        assertThat(coordinator.facts(lease))
                .hasExactlyElementsOfTypes(
                        Fact.StageStarted.class, Fact.StageEnded.class, Fact.Succeeded.class);
        assertThat(coordinator.hellos())
                .singleElement()
                .satisfies(
                        hello -> {
                            assertThat(hello.machine()).isEqualTo(worker.machine());
                            assertThat(hello.capabilities()).containsExactly("shell");
                            assertThat(hello.slots()).isEqualTo(SLOTS);
                        });
    }

    @Test
    void neitherCreditNorSlotsAreEverExceededWhenManyAttemptsRace() throws Exception {
        var leases = new ArrayList<LeaseRef>();
        for (int i = 0; i < 2_000; i++) {
            leases.add(coordinator.enqueue());
        }

        coordinator.until("all are over", () -> leases.stream().allMatch(coordinator::isOver));

        assertThat(runner.ran()).hasSize(2_000).doesNotHaveDuplicates();
        assertThat(runner.most()).isLessThanOrEqualTo(SLOTS);
        assertThat(coordinator.mostOpenCredit()).isLessThanOrEqualTo(SLOTS);
    }

    @Test
    void aSlotThatFreesWhileAPullIsParkedIsAskedForByAnother() throws Exception {
        var held = coordinator.enqueue("hold");
        coordinator.until("it runs", () -> runner.now() == 1);
        coordinator.until(
                "the rest is parked", () -> coordinator.pulls().getLast().credit() == SLOTS - 1);

        runner.letGo(held);

        coordinator.until(
                "one more is asked for", () -> coordinator.pulls().getLast().credit() == 1);
        assertThat(coordinator.parkedPulls()).isEqualTo(2);
    }

    @Test
    void lostDoubledAndLateMessagesRunEveryAttemptOnceAndTellItOnce() throws Exception {
        var fates =
                List.of(
                        Fate.SERVED,
                        Fate.DOUBLED,
                        Fate.LATE,
                        Fate.SERVED,
                        Fate.UNAVAILABLE,
                        Fate.LATE,
                        Fate.DOUBLED,
                        Fate.SERVED);
        var turn = new AtomicInteger();
        coordinator.fate(_ -> fates.get(turn.getAndIncrement() % fates.size()));
        var leases = new ArrayList<LeaseRef>();
        for (int i = 0; i < 200; i++) {
            leases.add(coordinator.enqueue());
        }

        coordinator.until("all are over", () -> leases.stream().allMatch(coordinator::isOver));

        assertThat(runner.ran()).hasSize(200).doesNotHaveDuplicates();
        assertThat(leases).allSatisfy(l -> assertThat(coordinator.facts(l)).hasSize(3));
    }

    @Test
    void aPullWhoseAnswerGotLostIsAskedAgainByItsNameAndBringsTheSameAttempts() throws Exception {
        // given: attempts end while the worker is full, so its next pull is a new one
        var first = new ArrayList<LeaseRef>();
        for (int i = 0; i < SLOTS; i++) {
            first.add(coordinator.enqueue("hold"));
        }
        coordinator.until("all slots are taken", () -> runner.now() == SLOTS);
        var losing = new AtomicInteger(1);
        coordinator.fate(
                address ->
                        address.equals(Addresses.PULL) && losing.getAndDecrement() > 0
                                ? Fate.ANSWER_LOST
                                : Fate.SERVED);
        var lease = coordinator.enqueue();

        // when
        runner.letGo(first.getFirst());

        // then
        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));
        var again = coordinator.pulls().stream().filter(Pull::again).findFirst().orElseThrow();
        assertThat(coordinator.pulls())
                .filteredOn(pull -> pull.poll().equals(again.poll()) && !pull.again())
                .hasSize(1);
        assertThat(runner.ran()).doesNotHaveDuplicates();
        first.forEach(runner::letGo);
    }

    @Test
    void aReportWhoseAnswerGotLostIsRepeatedAndChangesNothing() throws Exception {
        var losing = new AtomicInteger(1);
        coordinator.fate(
                address ->
                        address.equals(Addresses.REPORT) && losing.getAndDecrement() > 0
                                ? Fate.ANSWER_LOST
                                : Fate.SERVED);

        var lease = coordinator.enqueue();

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));
        coordinator.until("it is let go", () -> heldByHeartbeat().isEmpty());
        assertThat(coordinator.facts(lease)).hasSize(3);
    }

    @Test
    void aGapIsFilledFromTheFirstFact() throws Exception {
        var lease = coordinator.enqueue("hold");
        coordinator.until("it started", () -> coordinator.facts(lease).size() == 1);
        coordinator.forgetFacts(lease, 1);

        runner.letGo(lease);

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));
        assertThat(coordinator.facts(lease)).hasSize(3);
    }

    @Test
    void anAttemptWhoseLeaseIsGoneEndsWithTheNextHeartbeatAndIsNotTold() throws Exception {
        var lease = coordinator.enqueue("hold");
        coordinator.until("it started", () -> coordinator.facts(lease).size() == 1);
        coordinator.revoke(lease);

        coordinator.until("it was stopped", () -> runner.wasInterrupted(lease));

        coordinator.until("it is not held", () -> heldByHeartbeat().isEmpty());
        assertThat(coordinator.facts(lease)).hasSize(1);
    }

    @Test
    void aStopOrderEndsTheAttemptAtOnceAndNothingMoreIsTold() throws Exception {
        var lease = coordinator.enqueue("hold");
        coordinator.until("it started", () -> coordinator.facts(lease).size() == 1);

        coordinator.order(worker.machine(), new ToWorker.Stop(1, lease));

        coordinator.until("it was stopped", () -> runner.wasInterrupted(lease));
        coordinator.until("its slot is free", () -> worker.running() == 0);
        assertThat(coordinator.facts(lease)).hasSize(1);
    }

    @Test
    void aGateGivesItsSlotBackAndGoesOnWhenItsAnswerComesByHeartbeatOrByOrder() throws Exception {
        var asks = coordinator.enqueue("ask");
        coordinator.until("it asks", () -> coordinator.facts(asks).size() == 1);
        assertThat(coordinator.facts(asks)).hasExactlyElementsOfTypes(Fact.GateOpened.class);
        // given: all slots are taken by others
        var others = new ArrayList<LeaseRef>();
        for (int i = 0; i < SLOTS; i++) {
            others.add(coordinator.enqueue("hold"));
        }
        coordinator.until("all slots run others", () -> runner.now() == SLOTS + 1);
        var ordered = coordinator.enqueue("ask");

        // when: no order comes, and no slot is free
        coordinator.answer(asks, 0, "yes");

        // then
        coordinator.until("the attempt is over", () -> coordinator.isOver(asks));
        assertThat(runner.answer(asks)).isEqualTo("yes");
        assertThat(runner.ran()).doesNotContain(ordered);

        // when: only an order comes, twice
        runner.letGo(others.getFirst());
        coordinator.until("it asks", () -> coordinator.facts(ordered).size() == 1);
        var answer = new GateAnswer(ordered, 0, "a");
        coordinator.order(
                worker.machine(), new ToWorker.Answer(1, new GateAnswer(ordered, 1, "b")));
        coordinator.order(worker.machine(), new ToWorker.Answer(1, answer));
        coordinator.order(worker.machine(), new ToWorker.Answer(1, answer));

        // then
        coordinator.until("the attempt is over", () -> coordinator.isOver(ordered));
        assertThat(runner.answer(ordered)).isEqualTo("a");
        others.forEach(runner::letGo);
    }

    @Test
    void aQuestionIsAnsweredEachTimeItIsPutAndTheLossOfAnAnswerCostsNothingElse() throws Exception {
        var losing = new AtomicInteger(1);
        coordinator.fate(
                address ->
                        address.equals(Addresses.ANSWER) && losing.getAndDecrement() > 0
                                ? Fate.LOST
                                : Fate.SERVED);
        var id = UUID.randomUUID();
        var asker = UUID.randomUUID();
        var ask = new ToWorker.Ask(1, id, asker, new Question.Tree(1, 1, "", 1));
        coordinator.order(worker.machine(), ask);
        coordinator.until("the first answer is lost", () -> losing.get() <= 0);

        coordinator.order(worker.machine(), ask);
        coordinator.order(worker.machine(), ask);
        coordinator.until("it is answered twice", () -> coordinator.told(id).size() == 2);

        assertThat(coordinator.told(id))
                .allSatisfy(
                        told -> {
                            assertThat(told.machine()).isEqualTo(worker.machine());
                            assertThat(told.asker()).isEqualTo(asker);
                            assertThat(told.reply()).isInstanceOf(Reply.Refused.class);
                        });
    }

    @Test
    void anAttemptThatWaitsAtAGateIsEndedWhenNobodyLetsItGoOn() throws Exception {
        coordinator.window(Duration.ofSeconds(1));
        var lease = coordinator.enqueue("ask");
        coordinator.until("it asks", () -> coordinator.facts(lease).size() == 1);
        coordinator.until("it was told for how long", () -> heldByHeartbeat().contains(lease));

        coordinator.fate(_ -> Fate.LOST);

        coordinator.until("it was stopped", () -> runner.wasInterrupted(lease));
        coordinator.until("nothing runs", () -> worker.running() == 0);
        assertThat(coordinator.facts(lease)).hasSize(1);
    }

    /** Whose clocks went on elsewhere; nobody can tell it anything when it wakes. */
    @Test
    void anAttemptOfAComputerThatSleptForItsWindowIsEnded() throws Exception {
        coordinator.window(Duration.ofHours(1));
        var lease = coordinator.enqueue("ask");
        coordinator.until("it was told for how long", () -> heldByHeartbeat().contains(lease));

        var lost = new AtomicInteger();
        coordinator.fate(
                address -> {
                    lost.addAndGet(address.equals(Addresses.HEARTBEAT) ? 1 : 0);
                    return Fate.LOST;
                });
        coordinator.until("the last answer is there", () -> lost.get() > 0);
        time.sleepFor(Duration.ofHours(2));

        coordinator.until("it was stopped", () -> runner.wasInterrupted(lease));
        coordinator.until("nothing runs", () -> worker.running() == 0);
    }

    @Test
    void aBugInARunFailsTheAttemptAndNeverCostsASlot() throws Exception {
        var leases = new ArrayList<LeaseRef>();
        for (int i = 0; i < 3 * SLOTS; i++) {
            leases.add(coordinator.enqueue("bug"));
        }

        coordinator.until("all are over", () -> leases.stream().allMatch(coordinator::isOver));

        assertThat(leases)
                .allSatisfy(
                        lease ->
                                assertThat(coordinator.facts(lease).getLast())
                                        .isInstanceOfSatisfying(
                                                Fact.Failed.class,
                                                failed ->
                                                        assertThat(failed.reason())
                                                                .isEqualTo("worker_error")));
    }

    @Test
    void aRunLivesOnWhileTheCoordinatorIsKilledAndComesBackElsewhere() throws Exception {
        var lease = coordinator.enqueue("hold");
        coordinator.until("it started", () -> coordinator.facts(lease).size() == 1);

        coordinator.killBus();
        coordinator.startBus();

        coordinator.until("it greets again", () -> coordinator.hellos().size() > 1);
        assertThat(coordinator.hellos().getLast().held()).containsExactly(lease);
        assertThat(coordinator.hellos().getLast().boot())
                .isEqualTo(coordinator.hellos().getFirst().boot());
        runner.letGo(lease);
        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));
        assertThat(runner.ran()).containsExactly(lease);
        var next = coordinator.enqueue();
        coordinator.until("new work runs", () -> coordinator.isOver(next));
    }

    @Test
    void aLinkOnWhichNobodyAnswersHeartbeatsIsGivenUp() throws Exception {
        coordinator.fate(address -> address.equals(Addresses.HEARTBEAT) ? Fate.LOST : Fate.SERVED);
        coordinator.until("it greets again", () -> coordinator.hellos().size() > 1);
        coordinator.fate(_ -> Fate.SERVED);

        var lease = coordinator.enqueue();

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));
    }

    @Test
    void anExpiredTokenIsReplacedAndTheRequestsGoOn() throws Exception {
        coordinator.http.expireAll();

        var lease = coordinator.enqueue();

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));
        assertThat(coordinator.http.calls("recover")).isEqualTo(1);
    }

    @Test
    void heartbeatsNameWhatIsHeldAndHowBusyTheMachineIs() throws Exception {
        var lease = coordinator.enqueue("hold");

        coordinator.until("it is named", () -> heldByHeartbeat().contains(lease));

        var load = coordinator.heartbeats().getLast().load();
        assertThat(List.of(load.cpu(), load.memory(), load.disk()))
                .allSatisfy(share -> assertThat(share).isBetween(0.0, 1.0));
        runner.letGo(lease);
    }

    @Test
    void aWorkerThatIsClosedFailsWhatRunsAndSaysSo() throws Exception {
        var lease = coordinator.enqueue("hold");
        coordinator.until("it started", () -> coordinator.facts(lease).size() == 1);

        worker.close();

        assertThat(coordinator.facts(lease).getLast())
                .isInstanceOfSatisfying(
                        Fact.Failed.class,
                        failed -> assertThat(failed.reason()).isEqualTo("worker_stopped"));
        assertThat(worker.awaitClosed()).isEmpty();
    }

    @Test
    void aReplacedWorkerStopsEverythingAndSaysWhy() throws Exception {
        var lease = coordinator.enqueue("hold");
        coordinator.until("it started", () -> coordinator.facts(lease).size() == 1);
        coordinator.fate(_ -> Fate.REPLACED);

        assertThat(worker.awaitClosed()).get().asString().contains("took over");

        assertThat(runner.now()).isZero();
        assertThat(coordinator.facts(lease)).hasSize(1);
    }

    @Test
    void aMachineThatIsNotWelcomeAnyMoreStopsAndSaysWhy() throws Exception {
        coordinator.http.forgetSecrets();
        coordinator.http.expireAll();

        assertThat(worker.awaitClosed()).get().asString().contains("decommissioned");
    }

    @Test
    void aDrainedWorkerFinishesWhatItHasAndTakesNothingNew() throws Exception {
        var held = coordinator.enqueue("hold");
        coordinator.until("it runs", () -> runner.now() == 1);
        worker.drain();

        var never = coordinator.enqueue();
        coordinator.until(
                "it says that it asks for nothing",
                () -> coordinator.heartbeats().getLast().pause() == Pause.STOPPING);
        runner.letGo(held);

        coordinator.until("it is over", () -> coordinator.isOver(held));
        coordinator.until("nothing is held", () -> heldByHeartbeat().isEmpty());
        assertThat(runner.ran()).doesNotContain(never);
    }

    @Test
    void startedAndClosedAgainAndAgainItIsTheSameMachineWithAnotherBoot() throws Exception {
        var machine = worker.machine();
        for (int i = 0; i < 5; i++) {
            var closers = new ArrayList<Thread>();
            for (int n = 0; n < 4; n++) {
                closers.add(Thread.ofVirtual().start(worker::close));
            }
            for (var closer : closers) {
                closer.join();
            }
            worker = Worker.start(config("no-token"), runner, time);
            assertThat(worker.machine()).isEqualTo(machine);
            if (i % 2 == 0) {
                assertThat(worker.awaitConnected(Duration.ofSeconds(20))).isTrue();
            }
        }
        var lease = coordinator.enqueue();
        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));

        var boots = new HashMap<Object, Integer>();
        coordinator.hellos().forEach(hello -> boots.merge(hello.boot(), 1, Integer::sum));
        assertThat(boots.size()).isGreaterThanOrEqualTo(4);
        assertThat(coordinator.http.calls("register")).isEqualTo(1);
    }

    @Test
    void aDaemonNamesTheOneWhosePlaceItTakes() throws Exception {
        coordinator.until("it greets", () -> !coordinator.hellos().isEmpty());
        var first = coordinator.hellos().getLast();
        assertThat(first.after()).isNull();
        assertThat(worker.awaitConnected(Duration.ofSeconds(20))).isTrue();
        worker.close();

        worker = Worker.start(config("no-token"), runner, time);

        coordinator.until("it greets", () -> coordinator.hellos().size() > 1);
        assertThat(coordinator.hellos().getLast().after()).isEqualTo(first.boot());
    }

    private List<LeaseRef> heldByHeartbeat() {
        var beats = coordinator.heartbeats();
        return beats.isEmpty() ? List.of() : beats.getLast().held();
    }
}
