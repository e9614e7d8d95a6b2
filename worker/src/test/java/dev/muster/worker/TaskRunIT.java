package dev.muster.worker;

import static dev.muster.worker.Eventually.eventually;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.Confidential;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.Heartbeat;
import dev.muster.protocol.message.Hello;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Provision;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.pipeline.Gate;
import dev.muster.protocol.pipeline.Stage;
import dev.muster.protocol.question.Question;
import dev.muster.protocol.question.Reply;
import dev.muster.protocol.question.TunnelState;
import dev.muster.worker.FakeCoordinator.Fate;
import dev.muster.worker.agent.AgentSettings;
import dev.muster.worker.agent.ScriptedAgent;
import dev.muster.worker.journal.Journals;
import dev.muster.worker.shell.ShellSettings;
import dev.muster.worker.tunnel.TunnelSettings;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Real shells in real terminals, told of over the real bus. */
final class TaskRunIT {

    @TempDir private Path temp;
    private FakeCoordinator coordinator;
    private Path agent;
    private Worker worker;

    @BeforeEach
    void start() throws Exception {
        coordinator = new FakeCoordinator();
        agent = ScriptedAgent.install(temp.resolve("programs"), "claude");
        worker = startWorker(Optional.of(coordinator.http.drawToken()));
    }

    private Worker startWorker(Optional<String> token) throws Exception {
        var started =
                Worker.start(
                        new WorkerConfig(
                                coordinator.http.address(),
                                token,
                                "test",
                                temp.resolve("data"),
                                2,
                                List.of(temp),
                                WorkerConfig.Transport.CLUSTER,
                                "127.0.0.1",
                                WorkerConfig.DEFAULT_ANSWER_WITHIN,
                                Duration.ofSeconds(1),
                                WorkerConfig.DEFAULT_JOURNAL_LIMIT,
                                new AgentSettings(
                                        Map.of("claude", List.of(agent.toString())),
                                        Optional.empty()),
                                WorkerConfig.Disk.DEFAULT,
                                Optional.empty(),
                                new TunnelSettings(
                                        Map.of(
                                                "code",
                                                List.of(temp.resolve("tunnel").toString(), "it's")),
                                        Optional.empty()),
                                ShellSettings.DEFAULT));
        assertThat(started.awaitConnected(Duration.ofSeconds(20))).isTrue();
        return started;
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
    void aTunnelLivesWhileItsAttemptDoesAndEndsBeforeTheOutcome() throws Exception {
        var pid = temp.resolve("pid");
        var program = temp.resolve("tunnel");
        Files.writeString(
                program,
                "#!/bin/sh\necho $$ > "
                        + pid
                        + "\necho \"open https://t.example/tunnel/$1 in ${SECRET-none}\"\n"
                        + "trap '' TERM\nwhile :; do sleep 1; done\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();
        var gate = temp.resolve("gate");
        var lease = coordinator.enqueue("until [ -e " + gate + " ]; do sleep 0.1; done");
        coordinator.until("it runs", () -> !coordinator.facts(lease).isEmpty());
        var id = UUID.randomUUID();

        var start = new Question.StartTunnel(lease.task(), 1, id, "code", 600);
        assertThat(coordinator.ask(worker.machine(), start)).isInstanceOf(Reply.Tunnel.class);
        Reply.Tunnel told;
        do {
            told = tunnel(id);
        } while (told.state() == TunnelState.STARTING);

        assertThat(told.connection()).isEqualTo("https://t.example/tunnel/it's");
        var process = ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).orElseThrow();
        Files.createFile(gate);
        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));
        // once killed it has none, though nobody may have reaped it yet
        assertThat(process.info().command()).isEmpty();
        assertThat(tunnel(id).state()).isEqualTo(TunnelState.CLOSED);
        assertThat(coordinator.facts(lease).getLast()).isInstanceOf(Fact.Succeeded.class);
    }

    @Test
    void aTunnelEndsWithTheLeaseOfItsAttempt() throws Exception {
        var program = temp.resolve("tunnel");
        Files.writeString(program, "#!/bin/sh\necho https://t.example/tunnel/x\nexec sleep 600\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();
        var lease = coordinator.enqueue("sleep 600");
        coordinator.until("it runs", () -> !coordinator.facts(lease).isEmpty());
        var id = UUID.randomUUID();
        var start = new Question.StartTunnel(lease.task(), 1, id, "code", 600);
        coordinator.ask(worker.machine(), start);

        coordinator.order(worker.machine(), new ToWorker.Stop(1, lease));

        Reply.Tunnel told;
        do {
            told = tunnel(id);
        } while (!told.state().isOver());
        assertThat(told.state()).isEqualTo(TunnelState.CLOSED);
        assertThat(told.reason()).isEqualTo("attempt_over");
        assertThat(coordinator.ask(worker.machine(), start)).isEqualTo(told);
    }

    private Reply.Tunnel tunnel(UUID id) throws InterruptedException {
        return (Reply.Tunnel) coordinator.ask(worker.machine(), new Question.TunnelStatus(id));
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

    @Test
    void whatPeopleAnswerReachesLaterStagesAsWordsAndNeverRuns() throws Exception {
        var x = temp.resolve("x");
        var hostile = "$(touch " + x + ")\"; touch " + x + "; '`touch " + x + "`\n touch " + x;
        var lease =
                coordinator.enqueue(
                        null,
                        asking("say", "printf '<%s>' {input}", new Gate.Input(60, null)),
                        stage("again", "printf '(%s)' x{input}y"),
                        asking("pick", "true", new Gate.Choice(List.of("b c"), 60, null)),
                        asking("go", "printf '[%s]' {choice} {input}", new Gate.Confirm(60, null)));
        coordinator.until("it asks", () -> coordinator.facts(lease).size() == 1);
        coordinator.answer(lease, 0, hostile);
        coordinator.answer(lease, 2, "b c");
        coordinator.answer(lease, 3, Gate.CONFIRM);

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));

        assertThat(coordinator.facts(lease).getLast()).isInstanceOf(Fact.Succeeded.class);
        assertThat(coordinator.facts(lease))
                .filteredOn(Fact.GateOpened.class::isInstance)
                .hasSize(3);
        var printed = hostile.replace("\n", "\r\n");
        assertThat(logOf(lease))
                .contains("<" + printed + ">", "(x" + printed + "y)", "[b c][" + printed + "]");
        assertThat(x).doesNotExist();
    }

    @Test
    void aSecretReachesTheStagesThatNameItAndIsNowhereElse() throws Exception {
        var secret = "s3cr3t \"quoted\" value";
        var twice = "\"$TOKEN\"; printf %s \"$TOKEN\" | base64; exit 3";
        var lease =
                coordinator.enqueueGiven(
                        new Provision(
                                Map.of("PROFILE", "ci"),
                                Map.of("TOKEN", new Confidential(secret)),
                                null),
                        // lives on, and would see the next stage's environment
                        stage(
                                "before",
                                "echo got=${TOKEN-none} $PROFILE; sleep 300 & echo $! > pid"),
                        naming(
                                "named",
                                "! grep -qs '^State:.[RSD]' /proc/$(cat pid)/status && echo is="
                                        + twice,
                                1),
                        stage("after", "echo not reached"));

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));

        var log = new String(coordinator.log(lease), UTF_8);
        assertThat(log).contains("got=none ci\r\n", "is=***").doesNotContain(secret, "czNjcjN0");
        assertThat(log.split("is=\\*\\*\\*", -1)).hasSize(3); // tried twice
        assertFailed(lease, "stage_failed");
        // its journal may be deleted meanwhile
        var found =
                new ProcessBuilder("grep", "-rlsF", "s3cr3t", temp.resolve("data").toString())
                        .start();
        assertThat(new String(found.getInputStream().readAllBytes(), UTF_8)).isEmpty();
        assertThat(found.waitFor()).isPositive();
    }

    @Test
    void aStageWhoseSecretIsMissingFailsAndSaysWhich() throws Exception {
        var lease =
                coordinator.enqueueGiven(
                        Provision.NONE, stage("one", "true"), naming("two", "echo ran", 2));

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));

        assertFailed(lease, "secret_missing");
        var failed = (Fact.Failed) coordinator.facts(lease).getLast();
        assertThat(failed.detail()).contains("Stage two", "TOKEN");
        assertThat(coordinator.facts(lease)).hasSize(5);
        assertThat(new String(coordinator.log(lease), UTF_8)).doesNotContain("ran");
    }

    private static Stage naming(String name, String command, int retries) {
        return new Stage(name, command, 60, Map.of(), retries, 0, null, null, List.of("TOKEN"));
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
    void aStageThatTakesTooLongIsEndedAndTheAttemptFailsOnceNothingOfItIsAlive() throws Exception {
        var slow = "(trap '' TERM HUP; exec sleep 600) & echo pid=$!; sleep 600";
        var lease = coordinator.enqueue(null, new Stage("slow", slow, 1, Map.of()));
        var process = processOf(lease);

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));

        // once killed it has none, though nobody may have reaped it yet
        assertThat(process.info().command()).isEmpty();
        assertFailed(lease, "stage_timeout");
    }

    @Test
    void aStageIsTriedAgainInTheSameWorkspaceEachTryToldBeforeItBegins() throws Exception {
        var counting = "echo >> goes; echo go $(wc -l < goes); [ $(wc -l < goes) = 3 ]";
        var lease =
                coordinator.enqueue(
                        null, retried("flaky", counting, 60, 3, 0), stage("next", "true"));

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));

        assertThat(goes(lease))
                .containsExactly(
                        "0 started (try 1 of 4)",
                        "0 failed (try 1 of 4)",
                        "0 started (try 2 of 4)",
                        "0 failed (try 2 of 4)",
                        "0 started (try 3 of 4)",
                        "0 ok (try 3 of 4)",
                        "1 started (null)",
                        "1 ok (null)");
        assertThat(coordinator.facts(lease).getLast()).isInstanceOf(Fact.Succeeded.class);
        assertThat(logOf(lease)).containsSubsequence("go 1\r\n", "go 2\r\n", "go 3\r\n");
    }

    /** Whatever the shell died of, and whether or not the stage is the last. */
    @Test
    void aStageThatTookTooLongOrItsShellWithItIsTriedInANewShell() throws Exception {
        var slow = "echo pid=$$; echo >> slow; [ $(wc -l < slow) = 2 ] || sleep 600";
        var lethal = "echo >> lethal; [ $(wc -l < lethal) = 2 ] || kill -9 $$; echo al''ive";
        var lease =
                coordinator.enqueue(
                        null, retried("slow", slow, 2, 1, 0), retried("lethal", lethal, 60, 1, 0));
        var first = processOf(lease);

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));

        assertThat(goes(lease))
                .containsExactly(
                        "0 started (try 1 of 2)",
                        "0 failed (try 1 of 2)",
                        "0 started (try 2 of 2)",
                        "0 ok (try 2 of 2)",
                        "1 started (try 1 of 2)",
                        "1 failed (try 1 of 2)",
                        "1 started (try 2 of 2)",
                        "1 ok (try 2 of 2)");
        assertThat(first.isAlive()).isFalse();
        assertThat(logOf(lease)).contains("alive\r\n");
        assertThat(coordinator.logSizeWhenOver(lease)).isEqualTo(coordinator.log(lease).length);
    }

    @Test
    void theLastTryDecides() throws Exception {
        var lease = coordinator.enqueue(null, retried("bad", "exit 3", 60, 1, 0));

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));

        assertFailed(lease, "stage_failed");
        assertThat(((Fact.Failed) coordinator.facts(lease).getLast()).detail())
                .contains("try 2 of 2", "exit status 3");
        assertThat(goes(lease)).hasSize(4);
    }

    @Test
    void theWaitForTheNextTryEndsAtOnceWithTheAttempt() throws Exception {
        var lease = coordinator.enqueue(null, retried("bad", "exit 1", 60, 1, 3600));
        coordinator.until("it failed once", () -> goes(lease).size() == 2);

        coordinator.order(worker.machine(), new ToWorker.Stop(1, lease));

        coordinator.until("the slot is free", () -> worker.running() == 0);
        assertThat(goes(lease)).hasSize(2);
        assertThat(coordinator.facts(lease)).hasSize(2);
    }

    @Test
    void anAttemptGoesOnInTheWorkspaceThatIsThereAndNeverInANewOne() throws Exception {
        Stage[] stages = {
            stage("one", "echo kept > made"), stage("two", "cat made; [ -e pass ] || exit 5")
        };
        var first = coordinator.enqueue(null, stages);
        coordinator.until("the attempt is over", () -> coordinator.isOver(first));
        var workspace = temp.resolve("data/workspaces/" + first.task() + "-a1");
        Files.createFile(workspace.resolve("pass"));

        var second = coordinator.enqueueContinuing(first, 1, stages);

        coordinator.until("the second is over", () -> coordinator.isOver(second));
        assertThat(goes(second)).containsExactly("1 started (null)", "1 ok (null)");
        assertThat(coordinator.facts(second).getLast()).isInstanceOf(Fact.Succeeded.class);
        assertThat(logOf(second)).contains("kept\r\n");

        for (var file : List.of("made", "pass")) {
            Files.delete(workspace.resolve(file));
        }
        Files.delete(workspace);
        var third = coordinator.enqueueContinuing(new LeaseRef(first.task(), 1, 9), 1, stages);
        coordinator.until("the third is over", () -> coordinator.isOver(third));
        assertFailed(third, "workspace_missing");
        assertThat(coordinator.facts(third)).hasSize(1);
        assertThat(workspace).doesNotExist();
    }

    /** What it started lives on when it ends, and would change what is looked at meanwhile. */
    @Test
    void whatAStageLeftInGitIsReadOnceNothingOfItIsAlive() throws Exception {
        var late =
                "(trap '' TERM HUP; touch ready; sleep 0.7;"
                        + " f=$(git rev-parse --git-common-dir)/refs/heads/muster/1-a1;"
                        + " rm $f; mkfifo $f; sleep 600) >/dev/null 2>&1 &"
                        + " until [ -e ready ]; do sleep 0.05; done";

        var lease =
                coordinator.enqueue(
                        TestRepository.make(temp.resolve("source")).toString(),
                        stage("leaves one behind", late));

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));
        assertThat(coordinator.facts(lease).getLast())
                .isInstanceOfSatisfying(
                        Fact.Failed.class,
                        failed -> assertThat(failed.detail()).contains("is gone from"));
        coordinator.until("the slot is free", () -> worker.running() == 0);
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

    /** What was stopped is not over yet when the next comes. */
    @Test
    void itWaitsForTheOneBeforeToBeGone() throws Exception {
        var dying =
                "trap 'sleep 0.5; echo late > late; exit 1' TERM; echo pid=$$; sleep 600 & wait";
        var first = coordinator.enqueue(dying);
        var process = processOf(first);

        coordinator.order(worker.machine(), new ToWorker.Stop(1, first));
        var second = coordinator.enqueueContinuing(first, 0, stage("see", "cat la''te"));

        coordinator.until("the second is over", () -> coordinator.isOver(second));
        assertThat(process.isAlive()).isFalse();
        assertThat(logOf(second)).contains("late\r\n");
    }

    private List<String> goes(LeaseRef lease) {
        return coordinator.facts(lease).stream()
                .map(
                        fact ->
                                switch (fact) {
                                    case Fact.StageStarted(_, int stage, _, _, var go) ->
                                            stage + " started (" + go + ")";
                                    case Fact.StageEnded(
                                                    _,
                                                    int stage,
                                                    _,
                                                    boolean ok,
                                                    _,
                                                    _,
                                                    var go) ->
                                            stage + (ok ? " ok (" : " failed (") + go + ")";
                                    case Fact.GateOpened _,
                                            Fact.AgentAsked _,
                                            Fact.Succeeded _,
                                            Fact.Failed _ ->
                                            "";
                                })
                .filter(line -> !line.isEmpty())
                .toList();
    }

    private static Stage retried(
            String name, String command, int timeout, int retries, int backoff) {
        return new Stage(name, command, timeout, Map.of(), retries, backoff, null, null);
    }

    @Test
    void aStageThatPrintsNothingForTooLongIsEndedAndTheAttemptFails() throws Exception {
        var lease =
                coordinator.enqueue(
                        null, new Stage("mute", "sleep 600", 60, Map.of(), 0, 0, 1, null));

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));

        assertThat(coordinator.facts(lease).get(1))
                .isInstanceOfSatisfying(
                        Fact.StageEnded.class,
                        ended -> assertThat(ended.reason()).isEqualTo("idle_timeout"));
        assertFailed(lease, "stage_idle_timeout");
    }

    @Test
    void anAgentWorksOnAStageAfterTheOtherAndTellsHowEachEnds() throws Exception {
        assertThat(coordinator.hellos().getFirst().capabilities()).contains("shell", "claude");

        var lease =
                coordinator.enqueueFor(
                        "claude",
                        null,
                        stage("ask", "work\nsignal ask 'Is it {description}?'\nsignal done"),
                        stage("fail", "print on\nsignal failed 'too hard'"));
        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));

        var facts = coordinator.facts(lease);
        assertThat(facts)
                .hasExactlyElementsOfTypes(
                        Fact.StageStarted.class,
                        Fact.AgentAsked.class,
                        Fact.StageEnded.class,
                        Fact.StageStarted.class,
                        Fact.StageEnded.class,
                        Fact.Failed.class);
        assertThat(((Fact.AgentAsked) facts.get(1)).message()).isEqualTo("Is it words?");
        assertThat(((Fact.StageEnded) facts.get(2)).ok()).isTrue();
        assertThat(((Fact.StageEnded) facts.get(4)).reason()).isEqualTo("agent_failed");
        assertFailed(lease, "stage_failed");
        assertThat(((Fact.Failed) facts.getLast()).detail())
                .isEqualTo("Stage fail failed, its agent said: too hard");
        assertThat(coordinator.logSizeWhenOver(lease)).isEqualTo(coordinator.log(lease).length);
    }

    @Test
    void anAgentThatIsNotHereFailsTheAttemptAsMissing() throws Exception {
        Files.delete(temp.resolve("programs/claude"));
        var gone = coordinator.enqueueFor("claude", null, stage("one", "signal done"));
        var unknown = coordinator.enqueueFor("custom", null, stage("one", "signal done"));

        coordinator.until(
                "both are over", () -> coordinator.isOver(gone) && coordinator.isOver(unknown));

        assertFailed(gone, "agent_missing");
        assertFailed(unknown, "agent_missing");
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
    void whatWasNotSentBeforeTheLeaseWasGoneIsSentAsLate() throws Exception {
        var lease = coordinator.enqueue("for ((n = 1; ; n++)); do echo $n; sleep 0.01; done");
        coordinator.until("it prints", () -> logOf(lease).contains("1\r\n2\r\n"));
        var lost = new AtomicInteger();
        coordinator.fate(
                address -> {
                    var isLost = address.equals(Addresses.APPEND);
                    lost.addAndGet(isLost ? 1 : 0);
                    return isLost ? Fate.LOST : Fate.SERVED;
                });
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

        worker = startWorker(Optional.empty());

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

    private List<Path> journals() throws IOException {
        try (var journals = Files.list(temp.resolve("data/journals"))) {
            return journals.sorted().toList();
        }
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

    private static Stage asking(String name, String command, Gate gate) {
        return new Stage(name, command, 60, Map.of(), 0, 0, null, gate);
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

    /** The process whose number the attempt prints. */
    private ProcessHandle processOf(LeaseRef lease) throws InterruptedException {
        coordinator.until("it prints", () -> logOf(lease).matches("(?s).*pid=\\d+\\r\\n.*"));
        var pid = logOf(lease).replaceAll("(?s).*pid=(\\d+)\\r\\n.*", "$1");
        return ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
    }

    private String lateLogOf(LeaseRef lease) {
        return new String(coordinator.lateLog(lease), UTF_8);
    }

    private String logOf(LeaseRef lease) {
        return new String(coordinator.log(lease), UTF_8);
    }
}
