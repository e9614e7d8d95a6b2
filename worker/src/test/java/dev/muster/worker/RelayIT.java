package dev.muster.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.protocol.message.Confidential;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Provision;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.pipeline.Gate;
import dev.muster.protocol.pipeline.Stage;
import dev.muster.protocol.terminal.TerminalClose;
import dev.muster.protocol.terminal.TerminalFrame;
import dev.muster.worker.FakeTerminals.Line;

import org.jspecify.annotations.Nullable;
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

/** People at the terminals of real shells, over real WebSockets. */
final class RelayIT {

    /** The command is shown before it runs; only the latter shows this word. */
    private static final String READY = "echo re''ady; ";

    /** Answers each line that is typed, and what the size is, until somebody types {@code bye}. */
    private static final String TALK =
            READY
                    + "while read -r a; do echo \"<$a>\" $(stty size);"
                    + " [ \"$a\" = bye ] && break; done";

    @TempDir private Path temp;
    private FakeCoordinator coordinator;
    private FakeTerminals terminals;
    private Worker worker;

    @BeforeEach
    void start() throws Exception {
        coordinator = new FakeCoordinator();
        terminals = new FakeTerminals();
        coordinator.http.terminals(terminals::accept);
        worker =
                Worker.start(
                        new TestConfig(coordinator.http.address(), temp.resolve("data"))
                                .token(coordinator.http.drawToken())
                                .repositories(temp)
                                .transport(WorkerConfig.Transport.GATEWAY)
                                .build());
        assertThat(worker.awaitConnected(Duration.ofSeconds(20))).isTrue();
    }

    @AfterEach
    void stop() throws Exception {
        worker.close();
        terminals.close();
        coordinator.close();
    }

    @Test
    void whatIsTypedIsReadAndWhatIsPrintedComesBackUntilTheTerminalEnds() throws Exception {
        var lease = coordinator.enqueue(TALK);
        var line = connected(lease, "one");
        line.send(new TerminalFrame.From(0));
        shows(line, "ready");

        line.type(1, "hello\r");
        shows(line, "hello\r\n<hello> 30 120\r\n");
        line.type(1, "bye\r");

        terminals.until("it ends", () -> line.closed() != 0);
        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));
        assertThat(line.closed()).isEqualTo(TerminalClose.NORMAL.code());
        assertThat(line.bytes()).isEqualTo(coordinator.log(lease));
        assertThat(line.exit()).isEqualTo(line.bytes().length);
        assertThat(coordinator.facts(lease).getLast()).isInstanceOf(Fact.Succeeded.class);
    }

    /** Two threads send then, the one that reads the terminal and the connection's own. */
    @Test
    void keysTypedIntoAFloodLeaveEveryByteInItsPlace() throws Exception {
        var keys = 400;
        var lease =
                coordinator.enqueue(
                        "stty raw -echo; echo re''ady; seq 1 200000 & dd bs=1 count=%d 2> /dev/null;"
                                        .formatted(keys)
                                + " wait; sleep 0.1; echo quiet; dd bs=1 count=%d 2> /dev/null"
                                        .formatted(keys));
        var line = connected(lease, "one");
        line.send(new TerminalFrame.From(0));
        shows(line, "ready");
        for (int key = 0; key < keys; key++) {
            line.type(1, "X");
        }
        shows(line, "quiet");
        for (int key = 0; key < keys; key++) {
            line.type(1, "Y");
        }

        terminals.until("it ends", () -> line.closed() != 0);
        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));
        assertThat(line.bytes()).isEqualTo(coordinator.log(lease));
        assertThat(line.text().chars().filter(c -> c == 'X' || c == 'Y').count())
                .isEqualTo(2 * keys);
    }

    @Test
    void theFirstFramesSayWhoComesAndWhatThereIs() throws Exception {
        var lease = coordinator.enqueue(TALK);
        coordinator.until("it printed", () -> coordinator.log(lease).length > 0);

        var line = connected(lease, "one");

        assertThat(line.path()).isEqualTo("/api/workers/pty/" + lease.task());
        assertThat(line.auth().getString("type")).isEqualTo("auth");
        assertThat(coordinator.http.isGood(line.auth().getString("workerJwt"))).isTrue();
        assertThat(line.hello().getMap())
                .containsEntry("task", (int) lease.task())
                .containsEntry("attempt", lease.attempt())
                .containsEntry("fence", (int) lease.fence())
                .containsEntry("terminal", "main")
                .containsEntry("start", 0)
                .containsEntry("columns", 120)
                .containsEntry("rows", 30)
                .containsEntry("epoch", 0);
        assertThat(line.hello().getInteger("end")).isPositive();
    }

    @Test
    void whoLostTheConnectionGoesOnFromTheByteTheyHave() throws Exception {
        var lease = coordinator.enqueue(TALK);
        var first = connected(lease, "one");
        first.send(new TerminalFrame.From(0));
        shows(first, "ready");
        first.type(1, "a\r");
        shows(first, "<a>");
        first.close();
        terminals.until("it is closed", () -> first.closed() != 0);
        int had = first.bytes().length;

        var second = connected(lease, "two");
        second.send(new TerminalFrame.From(had));
        second.type(1, "b\r");
        shows(second, "<b>");
        var third = connected(lease, "three");
        third.send(new TerminalFrame.From(had - 3));
        second.type(1, "bye\r");
        terminals.until("it ends", () -> second.closed() != 0 && third.closed() != 0);

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));
        var all = coordinator.log(lease);
        assertThat(second.first()).isEqualTo(had);
        assertThat(second.bytes()).isEqualTo(Arrays.copyOfRange(all, had, all.length));
        assertThat(third.bytes()).isEqualTo(Arrays.copyOfRange(all, had - 3, all.length));
        assertThat(second.gaps() + third.gaps()).isZero();
    }

    @Test
    void ofTwoCoordinatorsTheOneWithTheLatestHolderTypes() throws Exception {
        var lease = coordinator.enqueue(TALK);
        var one = connected(lease, "one");
        var two = connected(lease, "two");
        one.send(new TerminalFrame.From(0), new TerminalFrame.Control(3));
        shows(one, "ready");
        one.type(3, "three\r");
        shows(one, "<three>");

        two.send(new TerminalFrame.From(0));
        two.type(4, "four\r");
        shows(one, "<four>");
        one.type(3, "late\r");
        one.send(new TerminalFrame.Resize(3, 50, 10));
        // the same connection again, so that the two before it were taken
        one.type(4, "last\r");

        shows(two, "<last> 30 120");
        assertThat(two.text()).doesNotContain("late");
        assertThat(connected(lease, "three").hello().getInteger("epoch")).isEqualTo(4);
    }

    @Test
    void theSizeIsToldAndHoldsForTheStagesToCome() throws Exception {
        var lease =
                coordinator.enqueue(
                        new Stage("a", TALK, 60, Map.of()), new Stage("b", TALK, 60, Map.of()));
        var one = connected(lease, "one");
        var two = connected(lease, "two");
        one.send(new TerminalFrame.From(0));
        two.send(new TerminalFrame.From(0));
        shows(one, "ready");

        one.send(new TerminalFrame.Resize(1, 100, 40));
        one.type(1, "bye\r");
        shows(one, "<bye> 40 100");
        terminals.until("both know", () -> two.size() != null);
        assertThat(two.size()).isEqualTo(new TerminalFrame.Size(100, 40));
        terminals.until("the next stage asks", () -> one.text().split("ready", -1).length == 3);
        two.type(1, "again\r");

        shows(one, "<again> 40 100");
        assertThat(connected(lease, "three").hello().getInteger("columns")).isEqualTo(100);
    }

    @Test
    void aSizeChosenAtAGateIsThatOfTheShellThatStartsAfterIt() throws Exception {
        var gate = new Gate.Confirm(60, null);
        var stage = new Stage("go", "stty size", 60, Map.of(), 0, 0, null, gate);
        var lease = coordinator.enqueue(stage);
        coordinator.until("it asks", () -> coordinator.facts(lease).size() == 1);
        var line = connected(lease, "one");
        line.send(new TerminalFrame.From(0), new TerminalFrame.Resize(1, 77, 33));
        terminals.until("it was heard", () -> line.size() != null);
        line.type(1, "nobody reads this\r");

        coordinator.answer(lease, 0, Gate.CONFIRM);

        shows(line, "33 77\r\n");
        terminals.until("it ends", () -> line.closed() != 0);
        assertThat(line.text()).doesNotContain("nobody");
    }

    @Test
    void aHeartbeatIsEnoughToBeConnectedOnce() throws Exception {
        var lease = coordinator.enqueue(TALK);
        coordinator.wants(new ToWorker.OpenTerminal(1, lease, "main", terminals.url(), "told"));

        terminals.until("it dials", () -> terminals.has("told"));
        var line = terminals.line("told");
        line.send(new TerminalFrame.From(0));
        shows(line, "ready");
        int beats = coordinator.heartbeats().size();
        coordinator.until("it is told again", () -> coordinator.heartbeats().size() > beats + 1);
        assertThat(line.times()).isEqualTo(1);
        assertThat(line.closed()).isZero();
    }

    @Test
    void anOrderForAnotherLeaseOrTerminalOrForTheSecondTimeIsIgnored() throws Exception {
        var lease = coordinator.enqueue(TALK);
        var line = connected(lease, "one");
        line.send(new TerminalFrame.From(0));
        var later = new LeaseRef(lease.task(), lease.attempt(), lease.fence() + 1);
        var other = new LeaseRef(lease.task(), lease.attempt() + 1, lease.fence());

        open(lease, "main", terminals.url(), "one");
        open(later, "main", terminals.url(), "later");
        open(other, "main", terminals.url(), "other");
        open(lease, "shell-1", terminals.url(), "shell");
        connected(lease, "last");

        assertThat(List.of("later", "other", "shell")).noneMatch(terminals::has);
        assertThat(terminals.line("one").times()).isEqualTo(1);
        assertThat(line.closed()).isZero();
    }

    @Test
    void whereTheCoordinatorIsNotReachedTheUsualOneIsAsked() throws Exception {
        var lease = coordinator.enqueue(TALK);

        var usual = connected(lease, null, "usual");
        var unreachable = connected(lease, "http://127.0.0.1:1", "unreachable");
        var nonsense = connected(lease, "no url at all", "nonsense");

        assertThat(List.of(usual, unreachable, nonsense)).allMatch(line -> line.closed() == 0);
    }

    @Test
    void aStalledReaderHoldsUpNeitherTheLogNorAnybodyElse() throws Exception {
        var lease = coordinator.enqueue(READY + "read -r go; seq 1 1000000");
        var stalled = connected(lease, "stalled");
        stalled.send(new TerminalFrame.From(0));
        stalled.pause();
        var reading = connected(lease, "reading");
        reading.send(new TerminalFrame.From(0));
        shows(reading, "ready");
        reading.type(1, "\r");

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));
        terminals.until("the other has all", () -> reading.closed() != 0);
        assertThat(stalled.exit()).isEqualTo(-1);
        stalled.resume();
        terminals.until("it has the end", () -> stalled.closed() != 0);

        var all = coordinator.log(lease);
        assertThat(all.length).isGreaterThan(7_500_000);
        assertThat(stalled.exit()).isEqualTo(all.length);
        assertThat(stalled.next()).isEqualTo(all.length);
        assertThat(reading.exit()).isEqualTo(all.length);
    }

    @Test
    void noSecretIsShown() throws Exception {
        var secret = "s3cr3t-value";
        var stage =
                new Stage(
                        "tell",
                        "for i in $(seq 200); do printf '%s' \"$TOKEN\"; done; echo; read -r a;"
                                + " echo $a",
                        60,
                        Map.of(),
                        0,
                        0,
                        null,
                        null,
                        List.of("TOKEN"),
                        null);
        var lease =
                coordinator.enqueue(
                        Given.stages(stage)
                                .provision(
                                        new Provision(
                                                Map.of(),
                                                Map.of("TOKEN", new Confidential(secret)),
                                                null)));
        var line = connected(lease, "one");
        line.send(new TerminalFrame.From(0));
        shows(line, "***");
        line.type(1, secret + "\r");

        terminals.until("it ends", () -> line.closed() != 0);
        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));
        assertThat(line.text()).contains("***\r\n***\r\n").doesNotContain(secret);
        assertThat(line.bytes()).isEqualTo(coordinator.log(lease));
    }

    @Test
    void theTerminalStaysConnectedWhileTheLinkIsLost() throws Exception {
        var lease = coordinator.enqueue(TALK);
        var line = connected(lease, "one");
        line.send(new TerminalFrame.From(0));
        shows(line, "ready");

        coordinator.killBus();
        line.type(1, "alone\r");
        shows(line, "<alone>");
        coordinator.startBus();
        line.type(1, "bye\r");

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));
        assertThat(line.text()).contains("<bye>");
    }

    @Test
    void theProgramLivesOnWhenEverybodyHasLeft() throws Exception {
        var gate = temp.resolve("gate");
        var lease = coordinator.enqueue("until [ -e " + gate + " ]; do sleep 0.05; done; echo on");
        var line = connected(lease, "one");
        line.send(new TerminalFrame.From(0));
        line.close();
        terminals.until("it is closed", () -> line.closed() != 0);

        Files.createFile(gate);

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));
        assertThat(coordinator.facts(lease).getLast()).isInstanceOf(Fact.Succeeded.class);
    }

    @Test
    void aRevokedAttemptsTerminalEnds() throws Exception {
        var lease = coordinator.enqueue(TALK);
        var line = connected(lease, "one");
        line.send(new TerminalFrame.From(0));
        shows(line, "ready");

        coordinator.order(worker.machine(), new ToWorker.Stop(1, lease));

        terminals.until("it ends", () -> line.closed() != 0);
        assertThat(line.exit()).isEqualTo(line.next());
        assertThat(line.closed()).isEqualTo(TerminalClose.NORMAL.code());
    }

    @Test
    void whoSendsWhatIsNoFrameIsClosed() throws Exception {
        var lease = coordinator.enqueue(TALK);
        var text = connected(lease, "text");
        var viewer = connected(lease, "viewer");
        text.send(new TerminalFrame.From(0));

        text.sendText("{}");
        viewer.sendText("not even before it is greeted");

        terminals.until("both are closed", () -> text.closed() != 0 && viewer.closed() != 0);
        assertThat(text.closed()).isEqualTo(TerminalClose.NOT_A_FRAME.code());
        assertThat(viewer.closed()).isEqualTo(TerminalClose.NOT_A_FRAME.code());
    }

    @Test
    void aDaemonThatStopsLeavesNoConnection() throws Exception {
        var lease = coordinator.enqueue(TALK);
        var greeted = connected(lease, "greeted");
        greeted.send(new TerminalFrame.From(0));
        var waiting = connected(lease, "waiting");
        shows(greeted, "ready");

        worker.close();

        terminals.until("both are closed", () -> greeted.closed() != 0 && waiting.closed() != 0);
        assertThat(greeted.exit()).isEqualTo(greeted.next());
        assertThat(waiting.closed()).isEqualTo(TerminalClose.GOING_AWAY.code());
    }

    private Line connected(LeaseRef lease, String token) throws Exception {
        return connected(lease, terminals.url(), token);
    }

    /** As coordinators do: the order again until somebody came, who then says what there is. */
    private Line connected(LeaseRef lease, @Nullable String url, String token) throws Exception {
        for (int go = 0; go < 30 && !terminals.has(token); go++) {
            open(lease, "main", url, token);
            var _ = terminals.holds(Duration.ofSeconds(1), () -> terminals.has(token));
        }
        assertThat(terminals.has(token)).isTrue();
        var line = terminals.line(token);
        terminals.until("it says hello", () -> line.hello() != null);
        return line;
    }

    private void open(LeaseRef lease, String terminal, @Nullable String url, String token) {
        coordinator.order(
                worker.machine(), new ToWorker.OpenTerminal(1, lease, terminal, url, token));
    }

    private void shows(Line line, String text) throws Exception {
        terminals.until("it shows " + text, () -> line.text().contains(text));
    }
}
