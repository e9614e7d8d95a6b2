package dev.muster.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.Heartbeat;
import dev.muster.protocol.message.Hello;
import dev.muster.protocol.message.ToWorker;
import dev.muster.worker.FakeCoordinator.Fate;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** Attempts that somebody ends, or nobody lets go on. */
final class EndedRunIT extends OneDaemon {

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
    void aSlotIsFreeOnceNothingIsAliveOfWhatWasStopped() throws Exception {
        var lease =
                coordinator.enqueue("(trap '' TERM HUP; exec sleep 600) & echo pid=$!; sleep 600");
        var process = processOf(lease);

        coordinator.order(worker.machine(), new ToWorker.Stop(1, lease));

        coordinator.until("the slot is free", () -> worker.running() == 0);
        assertThat(process.info().command()).isEmpty();
    }

    @Test
    void anAttemptThatNobodyLetsGoOnIsGoneWithinItsWindowAndTellsNothing() throws Exception {
        var window = Duration.ofSeconds(3);
        coordinator.window(window);
        var lease = coordinator.enqueue("trap '' TERM; echo pid=$$; sleep 600");
        var process = processOf(lease);
        int before = coordinator.heartbeats().size();
        coordinator.until(
                "it is let go on for longer than one window",
                () -> coordinator.heartbeats().size() > before + 20);
        assertThat(process.isAlive()).isTrue();

        coordinator.fate(_ -> Fate.LOST);
        var last = System.nanoTime();

        coordinator.until("the process is gone", () -> !process.isAlive());
        assertThat(Duration.ofNanos(System.nanoTime() - last)).isLessThan(window);
        coordinator.until("the slot is free", () -> worker.running() == 0);
        assertThat(coordinator.facts(lease)).hasSize(1);
    }

    @Test
    void whatEndedBeforeItsWindowWasOverIsToldHoweverLate() throws Exception {
        coordinator.window(Duration.ofSeconds(3));
        var gate = temp.resolve("gate");
        var ends =
                coordinator.enqueue("echo begun; until [ -e " + gate + " ]; do sleep 0.05; done");
        var runs = coordinator.enqueue("echo pid=$$; sleep 600");
        coordinator.until("both run", () -> logOf(ends).contains("begun"));
        var process = processOf(runs);
        int before = coordinator.heartbeats().size();
        coordinator.until(
                "both were let go on", () -> coordinator.heartbeats().size() > before + 2);

        coordinator.fate(_ -> Fate.LOST);
        Files.createFile(gate);
        coordinator.until("the window is over", () -> !process.isAlive());
        coordinator.fate(_ -> Fate.SERVED);

        coordinator.until("the outcome is told", () -> coordinator.isOver(ends));
        assertThat(coordinator.facts(ends).getLast()).isInstanceOf(Fact.Succeeded.class);
        assertThat(coordinator.logSizeWhenOver(ends)).isEqualTo(coordinator.log(ends).length);
        assertThat(coordinator.facts(runs)).hasSize(1);
        assertThat(
                        Stream.concat(
                                coordinator.heartbeats().stream().map(Heartbeat::finished),
                                coordinator.hellos().stream().map(Hello::finished)))
                .contains(List.of(ends));
    }

    @Test
    void aWorkerThatIsClosedEndsTheProcessesAndSaysSoWithTheLogBeforeIt() throws Exception {
        var lease = coordinator.enqueue("echo pid=$$; sleep 600");
        var process = processOf(lease);

        worker.close();

        assertThat(process.isAlive()).isFalse();
        assertFailed(lease, "worker_stopped");
        assertThat(coordinator.logSizeWhenOver(lease)).isEqualTo(coordinator.log(lease).length);
        assertThat(journals()).isEmpty();
    }
}
