package dev.muster.worker;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.pipeline.Stage;
import dev.muster.worker.FakeCoordinator.Fate;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Real shells in real terminals, told of over the real bus. */
final class TaskRunIT {

    @TempDir private Path temp;
    private FakeCoordinator coordinator;
    private Worker worker;

    @BeforeEach
    void start() throws Exception {
        coordinator = new FakeCoordinator();
        worker =
                Worker.start(
                        new WorkerConfig(
                                coordinator.http.address(),
                                Optional.of(coordinator.http.drawToken()),
                                "test",
                                temp.resolve("data"),
                                2,
                                List.of(),
                                WorkerConfig.Transport.CLUSTER,
                                "127.0.0.1",
                                Duration.ofSeconds(1),
                                WorkerConfig.DEFAULT_JOURNAL_LIMIT));
        assertThat(worker.awaitConnected(Duration.ofSeconds(20))).isTrue();
    }

    @AfterEach
    void stop() throws Exception {
        worker.close();
        coordinator.close();
    }

    @Test
    void everyStageRunsAndTheWholeLogIsThereBeforeTheOutcome() throws Exception {
        var lease =
                coordinator.enqueue(
                        null, stage("one", "echo first"), stage("two", "echo {description}"));

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));

        assertThat(coordinator.facts(lease))
                .hasExactlyElementsOfTypes(
                        Fact.StageStarted.class,
                        Fact.StageEnded.class,
                        Fact.StageStarted.class,
                        Fact.StageEnded.class,
                        Fact.Succeeded.class);
        assertThat(new String(coordinator.log(lease), UTF_8)).contains("first\r\n", "words\r\n");
        assertThat(coordinator.logSizeWhenOver(lease)).isEqualTo(coordinator.log(lease).length);
    }

    @Test
    void aLongLogArrivesByteForByteOverALineThatLosesDoublesAndDelays() throws Exception {
        var fates = List.of(Fate.SERVED, Fate.DOUBLED, Fate.UNAVAILABLE, Fate.LATE, Fate.SERVED);
        var turn = new AtomicInteger();
        var losing = new AtomicInteger(2);
        coordinator.fate(
                address -> {
                    if (!address.equals(Addresses.APPEND)) {
                        return Fate.SERVED;
                    }
                    if (turn.get() % 3 == 2 && losing.getAndDecrement() > 0) {
                        return Fate.ANSWER_LOST;
                    }
                    return fates.get(turn.getAndIncrement() % fates.size());
                });

        var lease = coordinator.enqueue("seq 1 400000");

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));
        assertSequence(lease, 400_000);
    }

    @Test
    void aStageThatPrintsLivesOnWhileTheCoordinatorIsKilledAndNoByteIsLost() throws Exception {
        var gate = temp.resolve("gate");
        var lease =
                coordinator.enqueue(
                        "seq 1 5000; until [ -e "
                                + gate
                                + " ]; do sleep 0.1; done; seq 5001 10000");
        coordinator.until("it prints", () -> coordinator.log(lease).length > 0);

        coordinator.killBus();
        Files.createFile(gate);
        coordinator.startBus();

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));
        assertSequence(lease, 10_000);
        assertThat(coordinator.hellos()).hasSizeGreaterThan(1);
    }

    @Test
    void aStageThatFailsEndsTheAttemptWithItsStatus() throws Exception {
        var lease = coordinator.enqueue(null, stage("bad", "exit 7"), stage("never", "echo no"));

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));

        var facts = coordinator.facts(lease);
        assertThat(facts.get(1))
                .isInstanceOfSatisfying(
                        Fact.StageEnded.class,
                        ended -> {
                            assertThat(ended.exitStatus()).isEqualTo(7);
                            assertThat(ended.reason()).isEqualTo("exit_status");
                        });
        assertFailed(lease, "stage_failed");
        assertThat(facts).hasSize(3);
    }

    @Test
    void aStageThatTakesTooLongIsEndedAndTheAttemptFails() throws Exception {
        var lease = coordinator.enqueue(null, new Stage("slow", "sleep 600", 1, Map.of()));

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));

        assertFailed(lease, "stage_timeout");
    }

    @Test
    void aRepositoryThatCannotBeHadFailsTheAttemptBeforeItStarts() throws Exception {
        var lease = coordinator.enqueue("file:///nowhere/at/all", stage("one", "true"));

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));

        assertFailed(lease, "workspace_failed");
        assertThat(coordinator.facts(lease)).hasSize(1);
    }

    @Test
    void aStopOrderEndsTheProcessesAndTellsNothing() throws Exception {
        var lease = coordinator.enqueue("echo pid=$$; sleep 600");
        var process = processOf(lease);

        coordinator.order(worker.machine(), new ToWorker.Stop(1, lease));

        coordinator.until("the process is gone", () -> !process.isAlive());
        coordinator.until("the slot is free", () -> worker.running() == 0);
        assertThat(coordinator.facts(lease)).hasSize(1);
    }

    @Test
    void anAttemptThatNobodyLetsGoOnIsEndedAndTellsNothing() throws Exception {
        coordinator.window(Duration.ofSeconds(3));
        var lease = coordinator.enqueue("echo pid=$$; sleep 600");
        var process = processOf(lease);
        int before = coordinator.heartbeats().size();
        coordinator.until(
                "it is let go on for longer than one window",
                () -> coordinator.heartbeats().size() > before + 20);
        assertThat(process.isAlive()).isTrue();

        coordinator.fate(_ -> Fate.LOST);

        coordinator.until("the process is gone", () -> !process.isAlive());
        coordinator.until("the slot is free", () -> worker.running() == 0);
        assertThat(coordinator.facts(lease)).hasSize(1);
    }

    @Test
    void aWorkerThatIsClosedEndsTheProcessesAndSaysSoWithTheLogBeforeIt() throws Exception {
        var lease = coordinator.enqueue("echo pid=$$; sleep 600");
        var process = processOf(lease);

        worker.close();

        assertThat(process.isAlive()).isFalse();
        assertFailed(lease, "worker_stopped");
        assertThat(coordinator.logSizeWhenOver(lease)).isEqualTo(coordinator.log(lease).length);
        try (var journals = Files.list(temp.resolve("data/journals"))) {
            assertThat(journals).isEmpty();
        }
    }

    private static Stage stage(String name, String command) {
        return new Stage(name, command, 60, Map.of());
    }

    private void assertFailed(LeaseRef lease, String reason) {
        assertThat(coordinator.facts(lease).getLast())
                .isInstanceOfSatisfying(
                        Fact.Failed.class, failed -> assertThat(failed.reason()).isEqualTo(reason));
    }

    private void assertSequence(LeaseRef lease, int last) {
        assertThat(coordinator.facts(lease).getLast()).isInstanceOf(Fact.Succeeded.class);
        var expected =
                IntStream.rangeClosed(1, last)
                        .mapToObj(n -> n + "\r\n")
                        .collect(Collectors.joining());
        var printed = logOf(lease).substring(logOf(lease).indexOf("1\r\n2\r\n"));
        int same = Arrays.mismatch(printed.getBytes(UTF_8), expected.getBytes(UTF_8));
        assertThat(same < 0 ? expected.length() : same)
                .as(
                        "how much of the log is exactly what was printed; then it has: %s",
                        rest(printed, same))
                .isEqualTo(expected.length());
        assertThat(coordinator.logSizeWhenOver(lease)).isEqualTo(coordinator.log(lease).length);
    }

    private static String rest(String printed, int from) {
        return from < 0 ? "" : printed.substring(from, Math.min(printed.length(), from + 200));
    }

    /** The process whose number the attempt prints. */
    private ProcessHandle processOf(LeaseRef lease) throws InterruptedException {
        coordinator.until("it prints", () -> logOf(lease).matches("(?s).*pid=\\d+\\r\\n.*"));
        var pid = logOf(lease).replaceAll("(?s).*pid=(\\d+)\\r\\n.*", "$1");
        return ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
    }

    private String logOf(LeaseRef lease) {
        return new String(coordinator.log(lease), UTF_8);
    }
}
