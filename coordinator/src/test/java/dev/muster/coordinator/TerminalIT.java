package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.terminal.TerminalClose;
import dev.muster.protocol.terminal.TerminalFrame;

import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.Test;

import java.util.Arrays;

/** What people see at terminals, from the log and from the worker's line. */
class TerminalIT extends OneTerminal {

    @Test
    void whatWasStoredComesFirstThenWhatThePtyPrints() throws Exception {
        worker.append(lease, 0, "stored\r\n".getBytes(UTF_8));
        var viewer = admitted(coordinator.accessToken(), "watch");
        var line = line("stored\r\nmore\r\n".getBytes(UTF_8));

        line.send(new TerminalFrame.Output(14, "live".getBytes(UTF_8)));

        viewer.awaitOutput(18);
        assertThat(new String(viewer.output(), UTF_8)).isEqualTo("stored\r\nmore\r\nlive");
        var hello = new JsonObject(viewer.await(TerminalFrame.Hello.class).json());
        assertThat(hello.getLong("task")).isEqualTo(lease.task());
        assertThat(hello.getLong("fence")).isEqualTo(lease.fence());
        assertThat(viewer.await(TerminalFrame.Replay.class).from()).isZero();
        assertThat(viewer.await(TerminalFrame.Size.class))
                .isEqualTo(new TerminalFrame.Size(100, 30));
    }

    @Test
    void whoComesBackGoesOnFromWhatHeHas() throws Exception {
        var printed = printed(300_000, 1);
        store(printed, 0, printed.length);
        var first = admitted(member, "watch");
        first.awaitOutput(printed.length);
        first.close();

        var second = open(member, "watch", auth().put("fence", lease.fence()).put("from", 123_456));

        second.awaitOutput(printed.length);
        assertThat(second.begin()).isEqualTo(123_456);
        assertThat(second.output()).isEqualTo(Arrays.copyOfRange(printed, 123_456, printed.length));
        var other = open(member, "watch", auth().put("fence", 99).put("from", 123_456));
        other.awaitOutput(printed.length);
        assertThat(other.begin()).isZero();
    }

    @Test
    void theFirstPaintIsBoundedAndBeginsBehindALineAndOlderOutputCanBeHad() throws Exception {
        var printed = printed(2_000_000, 2);
        store(printed, 0, printed.length);
        var viewer = admitted(member, "watch");

        viewer.awaitOutput(printed.length);

        int begin = (int) viewer.begin();
        assertThat(printed.length - begin).isLessThanOrEqualTo(512 * 1024);
        assertThat(printed[begin - 1]).isEqualTo((byte) '\n');
        assertThat(viewer.output()).isEqualTo(Arrays.copyOfRange(printed, begin, printed.length));
        viewer.send(new TerminalFrame.Want(1_000, 5_000));
        var again = viewer.await(TerminalFrame.History.class);
        assertThat(again.offset()).isEqualTo(1_000);
        assertThat(again.bytes()).isEqualTo(Arrays.copyOfRange(printed, 1_000, 6_000));
    }

    @Test
    void whatTheLineMissedIsReadFromTheStoredLog() throws Exception {
        var printed = printed(100_000, 3);
        var viewer = open(member, "watch", auth().put("behind", "wait"));
        var line = line(Arrays.copyOf(printed, 10_000));
        viewer.awaitOutput(10_000);

        line.close();
        viewer.await(TerminalFrame.Line.class, TerminalIT::isLost);
        store(printed, 0, 60_000);
        var next = line(60_000, Arrays.copyOfRange(printed, 60_000, 70_000), 60_000);
        next.send(new TerminalFrame.Output(70_000, Arrays.copyOfRange(printed, 70_000, 80_000)));

        viewer.awaitOutput(80_000);
        assertThat(viewer.output()).isEqualTo(Arrays.copyOf(printed, 80_000));
    }

    @Test
    void whoWouldStayIsShownWhatIsOlderOfAnEndedTerminal() throws Exception {
        var printed = printed(2_000_000, 4);
        store(printed, 0, printed.length);
        coordinator.cancel(lease.task()).expect(200);

        var viewer = open(member, "watch", auth().put("stay", true));

        assertThat(viewer.await(TerminalFrame.Exit.class).at()).isEqualTo(printed.length);
        viewer.send(new TerminalFrame.Want(1_000, 5_000));
        assertThat(viewer.await(TerminalFrame.History.class).bytes())
                .isEqualTo(Arrays.copyOfRange(printed, 1_000, 6_000));
    }

    @Test
    void anEndedTerminalIsShownToItsEndAndLeft() throws Exception {
        store("all of it\n".getBytes(UTF_8), 0, 10);
        coordinator.cancel(lease.task()).expect(200);

        var viewer = admitted(member, "watch");

        assertThat(viewer.await(TerminalFrame.Exit.class).at()).isEqualTo(10);
        assertThat(viewer.awaitClosed()).isEqualTo(TerminalClose.NORMAL.code());
        assertThat(new String(viewer.output(), UTF_8)).isEqualTo("all of it\n");
    }

    @Test
    void theLinesEndIsTheTerminals() throws Exception {
        var viewer = admitted(member, "watch");
        var line = line("bye".getBytes(UTF_8));

        line.send(new TerminalFrame.Exit(3));

        assertThat(viewer.await(TerminalFrame.Exit.class).at()).isEqualTo(3);
        assertThat(viewer.awaitClosed()).isEqualTo(TerminalClose.NORMAL.code());
    }

    @Test
    void oneWhoShowsNothingIsSkippedAheadAndToldAndTheOthersAreNotHeldUp() throws Exception {
        var slow = open(member, "watch", auth().put("window", 64 * 1024));
        var fast = open(maintainer, "watch", auth().put("behind", "wait"));
        var line = line(new byte[0]);
        var printed = printed(6_000_000, 4);
        for (int at = 0; at < printed.length; at += 30_000) {
            line.send(new TerminalFrame.Output(at, Arrays.copyOfRange(printed, at, at + 30_000)));
        }

        fast.awaitOutput(printed.length);
        assertThat(fast.output()).isEqualTo(printed);
        assertThat(slow.next()).isLessThanOrEqualTo(64 * 1024 + 32 * 1024);

        long shown = slow.next();
        slow.send(new TerminalFrame.Seen(shown));
        var skipped = slow.await(TerminalFrame.Skipped.class);
        assertThat(skipped.from()).isEqualTo(shown);
        assertThat(printed.length - skipped.to()).isLessThanOrEqualTo(512 * 1024);
        assertThat(printed[(int) skipped.to() - 1]).isEqualTo((byte) '\n');

        // who comes late, or comes back, is sent the rest, however much came before
        var late = open(member, "watch", auth().put("window", 1024 * 1024));
        assertThat(late.await(TerminalFrame.ReplayEnd.class).at()).isEqualTo(printed.length);
    }

    @Test
    void oneWhoStaysStuckIsSentAwayWithHisPlace() throws Exception {
        var stuck = open(member, "watch", auth().put("window", 64 * 1024));
        var line = line(new byte[0]);
        var printed = printed(300_000, 5);
        for (int at = 0; at < printed.length; at += 30_000) {
            line.send(new TerminalFrame.Output(at, Arrays.copyOfRange(printed, at, at + 30_000)));
        }

        assertThat(stuck.awaitClosed()).isEqualTo(TerminalClose.STUCK.code());
        assertThat(stuck.closeReason()).isEqualTo(Long.toString(stuck.next()));
    }

    @Test
    void aLineOfAnotherStartIsNotTaken() throws Exception {
        admitted(member, "watch");
        var order = ordered();

        var other =
                new JsonObject()
                        .put("fence", lease.fence() + 1)
                        .put("start", 0)
                        .put("end", 0)
                        .put("columns", 80)
                        .put("rows", 24);
        var line =
                dialled(coordinator.port(), worker.token, order.channelToken())
                        .send(new TerminalFrame.Hello(other.encode()));

        assertThat(line.awaitClosed()).isEqualTo(TerminalClose.REPLACED.code());
    }

    private static boolean isLost(TerminalFrame.Line line) {
        return line.json().contains("lost");
    }
}
