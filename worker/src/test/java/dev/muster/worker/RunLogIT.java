package dev.muster.worker;

import static dev.muster.worker.Eventually.eventually;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.worker.FakeCoordinator.Fate;
import dev.muster.worker.journal.Journals;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Every byte an attempt printed arrives, in time or as late, however the line behaves. */
final class RunLogIT extends OneDaemon {

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

    /** A coordinator stores each message by itself, and would do little else. */
    @Test
    void whatIsPrintedAWordAtATimeGoesTogether() throws Exception {
        var messages = new AtomicInteger();
        coordinator.fate(
                address -> {
                    if (address.equals(Addresses.APPEND)) {
                        messages.incrementAndGet();
                    }
                    return Fate.SERVED;
                });
        long begun = System.nanoTime();

        var lease = coordinator.enqueue("for i in $(seq 200); do echo $i; sleep 0.002; done");

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));
        long took = Duration.ofNanos(System.nanoTime() - begun).toMillis();
        assertSequence(lease, 200);
        assertThat(messages.get()).isLessThanOrEqualTo((int) (took / 50) + 2);
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

    /** To connect anew costs more than what is lost. */
    @Test
    void whoseHeartbeatsAloneAreLostKeepsItsLink() throws Exception {
        var gate = temp.resolve("gate");
        var lease = coordinator.enqueue("until [ -e " + gate + " ]; do echo on; sleep 0.02; done");
        coordinator.until("it prints", () -> coordinator.log(lease).length > 0);
        var lost = lose(Addresses.HEARTBEAT);

        coordinator.until("many are lost", () -> lost.get() > 8);
        Files.createFile(gate);

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));
        assertThat(coordinator.hellos()).hasSize(1);
    }

    @Test
    void aSuccessWhoseLogCannotBeSentIsNoneForItsWorkspaceEither() throws Exception {
        coordinator.fate(address -> address.equals(Addresses.APPEND) ? Fate.REFUSED : Fate.SERVED);

        var lease = coordinator.enqueue("echo x > left");

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));
        assertFailed(lease, "worker_error");
        coordinator.until("the slot is free", () -> worker.running() == 0);
        assertThat(temp.resolve("data/kept/" + lease.task() + "-a1"))
                .content()
                .startsWith("failed");
    }

    @Test
    void whatWasNotSentBeforeTheLeaseWasGoneIsSentAsLate() throws Exception {
        var lease = coordinator.enqueue("for ((n = 1; ; n++)); do echo $n; sleep 0.01; done");
        coordinator.until("it prints", () -> logOf(lease).contains("1\r\n2\r\n"));
        var lost = lose(Addresses.APPEND);
        coordinator.until("more is on its way", () -> lost.get() > 0);

        coordinator.revoke(lease);

        eventually(
                "all of it is sent, and no journal left",
                () -> worker.running() == 0 && journals().isEmpty());
        assertThat(coordinator.lateLog(lease)).isNotEmpty();
        var printed = logOf(lease) + lateLogOf(lease);
        var whole = printed.substring(printed.indexOf("1\r\n2\r\n"));
        assertSequence(printed, (int) whole.lines().count() - 1);
    }

    /** The first coordinator has never heard of late logs; of one attempt another never heard. */
    @Test
    void whatAFormerDaemonLeftIsSentAsLateUntilItIsKeptOrNotWanted() throws Exception {
        worker.close();
        var printed = "0123456789".repeat(20_000).getBytes(UTF_8);
        var over = leftBehind(701, printed);
        leftBehind(702, printed);
        var alive = leftBehind(703, printed);
        leftBehind(704, printed);
        var old = FileTime.from(Instant.now().minus(Duration.ofDays(8)));
        Files.setLastModifiedTime(journal(704), old);
        coordinator.stored(over, "012345678".getBytes(UTF_8));
        coordinator.stored(alive, new byte[0]);
        coordinator.stored(new LeaseRef(704, 1, 1), new byte[1]);
        coordinator.revoke(over);
        var asked = new AtomicInteger();
        coordinator.fate(
                address -> {
                    if (!address.equals(Addresses.APPEND_LATE)) {
                        return Fate.SERVED;
                    }
                    return asked.incrementAndGet() <= 4 ? Fate.REFUSED : Fate.DOUBLED;
                });

        worker = startWorker();

        eventually(
                "what is wanted is sent, and what is not is gone",
                () -> journals().equals(List.of(journal(703))));
        assertThat(coordinator.log(over)).hasSize(9);
        assertThat(coordinator.lateLog(over))
                .isEqualTo(Arrays.copyOfRange(printed, 9, printed.length));
        assertThat(coordinator.lateLog(alive)).isEmpty();
        coordinator.revoke(alive);
        eventually("and so is the rest once it is over", () -> journals().isEmpty());
        assertThat(coordinator.lateLog(alive)).isEqualTo(printed);
    }

    /** What is sent there is lost from now on; answers how often that happened. */
    private AtomicInteger lose(String there) {
        var lost = new AtomicInteger();
        coordinator.fate(
                address -> {
                    var isLost = address.equals(there);
                    lost.addAndGet(isLost ? 1 : 0);
                    return isLost ? Fate.LOST : Fate.SERVED;
                });
        return lost;
    }

    private LeaseRef leftBehind(long task, byte[] printed) throws IOException {
        var lease = new LeaseRef(task, 1, 1);
        try (var journal =
                Journals.in(temp.resolve("data/journals"), Long.MAX_VALUE)
                        .create(lease, () -> {})) {
            journal.append(1, printed, 0, printed.length);
        }
        return lease;
    }

    private Path journal(long task) {
        return temp.resolve("data/journals/%d-1-1.%016x.journal".formatted(task, 0));
    }

    private void assertSequence(LeaseRef lease, int last) {
        assertThat(coordinator.facts(lease).getLast()).isInstanceOf(Fact.Succeeded.class);
        assertSequence(logOf(lease), last);
        assertThat(coordinator.logSizeWhenOver(lease)).isEqualTo(coordinator.log(lease).length);
    }

    private static void assertSequence(String log, int last) {
        var expected =
                IntStream.rangeClosed(1, last)
                        .mapToObj(n -> n + "\r\n")
                        .collect(Collectors.joining());
        var printed = log.substring(log.indexOf("1\r\n2\r\n"));
        int same = Arrays.mismatch(printed.getBytes(UTF_8), expected.getBytes(UTF_8));
        assertThat(same < 0 ? expected.length() : same)
                .as(
                        "how much of the log is exactly what was printed; then it has: %s",
                        rest(printed, same))
                .isEqualTo(expected.length());
    }

    private static String rest(String printed, int from) {
        return from < 0 ? "" : printed.substring(from, Math.min(printed.length(), from + 200));
    }

    private String lateLogOf(LeaseRef lease) {
        return new String(coordinator.lateLog(lease), UTF_8);
    }
}
