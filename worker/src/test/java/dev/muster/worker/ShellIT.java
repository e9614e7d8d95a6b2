package dev.muster.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.protocol.message.Confidential;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Provision;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.pipeline.Stage;
import dev.muster.protocol.question.Question;
import dev.muster.protocol.question.Reply;
import dev.muster.protocol.question.Reply.Refusal;
import dev.muster.protocol.terminal.TerminalClose;
import dev.muster.protocol.terminal.TerminalFrame;
import dev.muster.worker.FakeTerminals.Line;
import dev.muster.worker.shell.ShellSettings;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Shells that people open in workspaces: real ones, over real WebSockets. */
final class ShellIT {

    private static final Provision GIVEN =
            new Provision(
                    Map.of("MODE", "quick"),
                    Map.of("TOKEN", new Confidential("s3cr3t-value")),
                    null);

    /** Its workspace stays, with a file in it. */
    private static final Stage FAILS =
            new Stage("a", "echo s3cr3t-value > left; exit 3", 60, Map.of());

    /** Runs until its workspace has a file {@code go}. */
    private static final Stage WAITS =
            new Stage("a", "until [ -e go ]; do sleep 0.05; done", 60, Map.of());

    @TempDir private Path temp;
    private FakeCoordinator coordinator;
    private FakeTerminals terminals;
    private Worker worker;

    @BeforeEach
    void start() throws Exception {
        coordinator = new FakeCoordinator();
        terminals = new FakeTerminals();
        coordinator.http.terminals(terminals::accept);
    }

    private void work(int mostOfTask, int most, Duration idle, Duration life) throws Exception {
        worker =
                Worker.start(
                        new TestConfig(coordinator.http.address(), temp.resolve("data"))
                                .token(coordinator.http.drawToken())
                                .slots(1)
                                .repositories(temp)
                                .transport(WorkerConfig.Transport.GATEWAY)
                                .shells(
                                        new ShellSettings(
                                                Optional.empty(), mostOfTask, most, idle, life))
                                .build());
        assertThat(worker.awaitConnected(Duration.ofSeconds(20))).isTrue();
    }

    private void work() throws Exception {
        work(4, 16, Duration.ofHours(1), Duration.ofHours(12));
    }

    @AfterEach
    void stop() throws Exception {
        worker.close();
        terminals.close();
        coordinator.close();
    }

    private LeaseRef failed() throws Exception {
        var lease = coordinator.enqueue(Given.stages(FAILS).provision(GIVEN));
        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));
        return lease;
    }

    @Test
    void aShellIsInTheWorkspaceOfAnAttemptThatFailed() throws Exception {
        work();
        var lease = failed();
        int logged = coordinator.log(lease).length;

        var line = opened(lease, "shell-1");
        line.type(1, "cat left; echo [$MODE] [$TOKEN] $MUSTER_TASK_ID; stty size; pwd\r");

        shows(line, "***\r\n[quick] [] 1\r\n33 99\r\n");
        shows(line, "/workspaces/1-a1\r\n");
        line.type(1, "echo $GIT_AUTHOR_NAME ${MUSTER_COOKIE%-*} ${#MUSTER_COOKIE}; env\r");
        shows(line, "Eve ");
        shows(line, "MUSTER_WORKSPACE=");
        assertThat(line.text()).doesNotContain("s3cr3t-value");
        assertThat(line.hello().getString("terminal")).isEqualTo("shell-1");
        line.type(1, "exit\r");

        terminals.until("it ends", () -> line.closed() != 0);
        assertThat(line.closed()).isEqualTo(TerminalClose.NORMAL.code());
        assertThat(line.exit()).isEqualTo(line.next());
        ends("shell-1", "exited");
        assertThat(coordinator.log(lease)).hasSize(logged);
        assertThat(temp.resolve("data/shells")).isEmptyDirectory();
    }

    @Test
    void aShellOfARunningAttemptTakesNoSlotAndOutlivesIt() throws Exception {
        work();
        var lease = coordinator.enqueue(WAITS, FAILS);
        coordinator.until("it runs", () -> !coordinator.facts(lease).isEmpty());
        var line = opened(lease, "shell-1");

        // with one slot the next runs only once that one is free
        line.type(1, "trap '' HUP TERM; touch go\r");
        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));
        var next = coordinator.enqueue("true");
        coordinator.until("another is over", () -> coordinator.isOver(next));

        line.type(1, "cat le*\r");
        shows(line, "***\r\n");
        assertThat(status("shell-1").live()).isTrue();
        assertThat(coordinator.facts(next).getLast()).isInstanceOf(Fact.Succeeded.class);
    }

    @Test
    void aShellIsOpenedOnceByItsNameAndNeverOnceEnded() throws Exception {
        work();
        var lease = failed();
        var line = opened(lease, "shell-1");

        assertThat(open(lease, "shell-1"))
                .isEqualTo(new Reply.Shells(List.of(new Reply.Shell("shell-1", true, null))));
        assertThat(end("shell-1")).isEqualTo(new Reply.Shell("shell-1", false, "ended"));
        terminals.until("it ends", () -> line.closed() != 0);
        assertThat(end("shell-2")).isEqualTo(new Reply.Shell("shell-2", false, "ended"));

        for (var name : List.of("shell-1", "shell-2")) {
            assertThat(open(lease, name))
                    .isEqualTo(new Reply.Shells(List.of(new Reply.Shell(name, false, "ended"))));
        }
        assertThat(coordinator.ask(worker.machine(), new Question.ShellStatus(List.of("unknown"))))
                .isEqualTo(new Reply.Shells(List.of()));
    }

    @Test
    void soManyOfATaskAndOfAMachineAndOnlyWhereAWorkspaceIs() throws Exception {
        work(1, 2, Duration.ofHours(1), Duration.ofHours(12));
        var one = failed();
        var two = failed();
        var three = failed();
        open(one, "shell-1");

        assertThat(refusal(open(one, "shell-2"))).isEqualTo(Refusal.TOO_MANY_SHELLS);
        open(two, "shell-3");
        assertThat(refusal(open(three, "shell-4"))).isEqualTo(Refusal.TOO_MANY_SHELLS);
        end("shell-1");
        var gone = new LeaseRef(7000, 1, 1);
        assertThat(refusal(open(gone, "shell-5"))).isEqualTo(Refusal.WORKSPACE_GONE);
        open(three, "shell-6");

        assertThat(status("shell-6").live()).isTrue();
    }

    @Test
    void oneThatNobodyUsesEndsAndSoDoesOneWhoseTimeIsOver() throws Exception {
        work(4, 16, Duration.ofSeconds(2), Duration.ofSeconds(5));
        var lease = failed();
        var line = opened(lease, "watched");
        open(lease, "alone");

        ends("alone", "idle");
        ends("watched", "expired");
        terminals.until("it ends", () -> line.closed() != 0);
    }

    @Test
    void whoGoesOnInTheWorkspaceEndsItsShells() throws Exception {
        work();
        var lease = failed();
        var line = opened(lease, "shell-1");
        line.type(1, "trap '' HUP TERM; echo re''ady\r");
        shows(line, "ready");

        var next = coordinator.enqueueNext(lease, 0, Given.stages(WAITS));

        ends("shell-1", "workspace_reused");
        coordinator.until("it runs", () -> !coordinator.facts(next).isEmpty());
        // in the same workspace, by the new lease
        var again = opened(next, "shell-2");
        coordinator.order(worker.machine(), new ToWorker.Stop(1, next));
        ends("shell-2", "attempt_over");
        terminals.until("it ends", () -> again.closed() != 0);
    }

    @Test
    void whatIsLongAgoIsForgottenAndALateViewerBeginsThere() throws Exception {
        work();
        var lease = failed();
        var first = opened(lease, "shell-1");
        var printed = temp.resolve("printed");
        first.type(1, "head -c 11000000 /dev/zero | tr '\\0' x; touch " + printed + "\r");
        shows(first, "xxx");
        first.close();
        coordinator.until("it printed", () -> Files.exists(printed));

        var late = connected(lease, "shell-1", "late");
        late.send(new TerminalFrame.From(0));

        terminals.until("it has all that is kept", () -> late.next() > 11_000_000);
        assertThat(late.gaps()).isZero();
        assertThat(late.hello().getLong("start")).isPositive();
        assertThat(late.first()).isGreaterThanOrEqualTo(late.hello().getLong("start"));
        assertThat(late.next() - late.first()).isBetween(8L << 20, 10L << 20);
    }

    @Test
    void aDaemonThatStopsLeavesNothingOfIt() throws Exception {
        work();
        var lease = failed();
        var line = opened(lease, "shell-1");
        var pid = temp.resolve("pid");
        line.type(1, "(trap '' HUP TERM; echo $BASHPID > " + pid + "; exec sleep 600) & wait\r");
        coordinator.until("it is started", () -> Files.exists(pid) && pid.toFile().length() > 0);
        long started = Long.parseLong(Files.readString(pid).strip());
        assertThat(Files.exists(Path.of("/proc/" + started + "/cmdline"))).isTrue();

        worker.close();

        terminals.until("it ends", () -> line.closed() != 0);
        assertThat(line.closed()).isEqualTo(TerminalClose.NORMAL.code());
        // once killed it has none, though nobody may have reaped it yet
        assertThat(ProcessHandle.of(started).flatMap(one -> one.info().command())).isEmpty();
    }

    private Line opened(LeaseRef lease, String name) throws Exception {
        assertThat(open(lease, name))
                .isEqualTo(new Reply.Shells(List.of(new Reply.Shell(name, true, null))));
        var line = connected(lease, name, name);
        line.send(new TerminalFrame.From(0));
        return line;
    }

    private Reply open(LeaseRef lease, String name) throws Exception {
        var question =
                new Question.OpenShell(
                        lease,
                        1,
                        name,
                        new Question.OpenShell.Size(99, 33),
                        new Question.OpenShell.Committer("Eve", "eve@example.org"),
                        new Question.OpenShell.Setting("p", "words"),
                        GIVEN);
        return coordinator.ask(worker.machine(), question);
    }

    private Reply.Shell end(String name) throws Exception {
        return only(coordinator.ask(worker.machine(), new Question.EndShell(name)));
    }

    private Reply.Shell status(String name) throws Exception {
        return only(coordinator.ask(worker.machine(), new Question.ShellStatus(List.of(name))));
    }

    private static Reply.Shell only(Reply reply) {
        return ((Reply.Shells) reply).shells().getFirst();
    }

    private static Refusal refusal(Reply reply) {
        return ((Reply.Refused) reply).code();
    }

    /** Asks until nothing of it is alive. */
    private void ends(String name, String reason) throws Exception {
        Eventually.eventually(name + " ends", () -> !status(name).live());
        assertThat(status(name)).isEqualTo(new Reply.Shell(name, false, reason));
    }

    /** As coordinators do: the order again until somebody came, who then says what there is. */
    private Line connected(LeaseRef lease, String name, String token) throws Exception {
        for (int go = 0; go < 30 && !terminals.has(token); go++) {
            coordinator.order(
                    worker.machine(),
                    new ToWorker.OpenTerminal(1, lease, name, terminals.url(), token));
            var _ = terminals.holds(Duration.ofSeconds(1), () -> terminals.has(token));
        }
        assertThat(terminals.has(token)).isTrue();
        var line = terminals.line(token);
        terminals.until("it says hello", () -> line.hello() != null);
        return line;
    }

    private void shows(Line line, String text) throws Exception {
        terminals.until("it shows " + text, () -> line.text().contains(text));
    }
}
