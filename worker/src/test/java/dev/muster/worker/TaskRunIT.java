package dev.muster.worker;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.message.Confidential;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Provision;
import dev.muster.protocol.pipeline.Gate;
import dev.muster.protocol.pipeline.Stage;
import dev.muster.protocol.pipeline.When;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Stages of a task, each in its shell, and how an attempt ends. */
final class TaskRunIT extends OneDaemon {

    @Test
    void everyStageRunsAndTheWholeLogIsThereBeforeTheOutcome() throws Exception {
        var lease =
                coordinator.enqueue(stage("one", "echo first"), stage("two", "echo {description}"));

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
    void whatPeopleAnswerReachesLaterStagesAsWordsAndNeverRuns() throws Exception {
        var x = temp.resolve("x");
        var hostile = "$(touch " + x + ")\"; touch " + x + "; '`touch " + x + "`\n touch " + x;
        var lease =
                coordinator.enqueue(
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
        // lives on, and would see the next stage's environment
        var before = "echo got=${TOKEN-none} $PROFILE; sleep 300 & echo $! > pid";
        var lease =
                coordinator.enqueue(
                        Given.stages(
                                        stage("before", before),
                                        naming(
                                                "named",
                                                "! grep -qs '^State:.[RSD]' /proc/$(cat pid)/status"
                                                        + " && echo is="
                                                        + twice,
                                                1),
                                        stage("after", "echo not reached"))
                                .provision(
                                        new Provision(
                                                Map.of("PROFILE", "ci"),
                                                Map.of("TOKEN", new Confidential(secret)),
                                                null)));

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
                coordinator.enqueue(
                        Given.stages(stage("one", "true"), naming("two", "echo ran", 2)));

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));

        assertFailed(lease, "secret_missing");
        var failed = (Fact.Failed) coordinator.facts(lease).getLast();
        assertThat(failed.detail()).contains("Stage two", "TOKEN");
        assertThat(coordinator.facts(lease)).hasSize(5);
        assertThat(new String(coordinator.log(lease), UTF_8)).doesNotContain("ran");
    }

    @Test
    void aCommandThatWouldRunAnAnswerFailsItsStageAndSaysWhy() throws Exception {
        var canary = temp.resolve("canary");
        var lease =
                coordinator.enqueue(
                        stage("one", "echo first"),
                        asking("two", "echo ran; [[ {input} -gt 3 ]]", new Gate.Input(60, null)));
        coordinator.until("it asks", () -> coordinator.facts(lease).size() == 3);
        coordinator.answer(lease, 1, "a[$(touch " + canary + ")]");

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));

        assertFailed(lease, "command_refused");
        var failed = (Fact.Failed) coordinator.facts(lease).getLast();
        assertThat(failed.detail()).contains("Stage two", "{input}", "[[ ]]");
        assertThat(new String(coordinator.log(lease), UTF_8))
                .contains("first")
                .doesNotContain("ran");
        assertThat(canary).doesNotExist();
    }

    private static Stage naming(String name, String command, int retries) {
        return new Stage(
                name, command, 60, Map.of(), retries, 0, null, null, List.of("TOKEN"), null);
    }

    @Test
    void aStageThatFailsEndsTheAttemptWithItsStatus() throws Exception {
        var lease = coordinator.enqueue(stage("bad", "exit 7"), stage("never", "echo no"));

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
    void whatIsForAfterAFailureRunsThenAndTheFirstFailureCounts() throws Exception {
        var lease =
                coordinator.enqueue(
                        when("make", "echo made", When.ALWAYS),
                        new Stage("slow", "sleep 600", 1, Map.of()),
                        when("next", "echo no", When.ON_SUCCESS),
                        when("tell", "exit 5", When.ON_FAILURE),
                        when("clean", "echo clean", When.ALWAYS));

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));

        assertThat(stagesThatRan(lease)).containsExactly("make", "slow", "tell", "clean");
        assertFailed(lease, "stage_timeout");
        assertThat(new String(coordinator.log(lease), UTF_8)).contains("clean");
    }

    @Test
    void whatIsForAfterAFailureIsPassedOverWhenThereIsNone() throws Exception {
        var lease =
                coordinator.enqueue(
                        stage("one", "true"),
                        when("tell", "exit 5", When.ON_FAILURE),
                        when("clean", "true", When.ALWAYS),
                        when("last", "exit 6", When.ON_FAILURE));

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));

        assertThat(stagesThatRan(lease)).containsExactly("one", "clean");
        assertThat(coordinator.facts(lease).getLast()).isInstanceOf(Fact.Succeeded.class);
    }

    private static Stage when(String name, String command, When when) {
        return new Stage(name, command, 60, Map.of(), 0, 0, null, null, List.of(), when);
    }

    private List<String> stagesThatRan(LeaseRef lease) {
        return coordinator.facts(lease).stream()
                .flatMap(fact -> fact instanceof Fact.StageStarted one ? Stream.of(one) : null)
                .map(Fact.StageStarted::name)
                .toList();
    }

    @Test
    void aStageThatTakesTooLongIsEndedAndTheAttemptFailsOnceNothingOfItIsAlive() throws Exception {
        var slow = "(trap '' TERM HUP; exec sleep 600) & echo pid=$!; sleep 600";
        var lease = coordinator.enqueue(new Stage("slow", slow, 1, Map.of()));
        var process = processOf(lease);

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));

        // once killed it has none, though nobody may have reaped it yet
        assertThat(process.info().command()).isEmpty();
        assertFailed(lease, "stage_timeout");
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
                        Given.stages(stage("leaves one behind", late))
                                .repository(
                                        TestRepository.make(temp.resolve("source")).toString()));

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));
        assertThat(coordinator.facts(lease).getLast())
                .isInstanceOfSatisfying(
                        Fact.Failed.class,
                        failed -> assertThat(failed.detail()).contains("is gone from"));
        coordinator.until("the slot is free", () -> worker.running() == 0);
    }

    @Test
    void aStageThatPrintsNothingForTooLongIsEndedAndTheAttemptFails() throws Exception {
        var lease =
                coordinator.enqueue(new Stage("mute", "sleep 600", 60, Map.of(), 0, 0, 1, null));

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
                coordinator.enqueue(
                        Given.stages(
                                        stage(
                                                "ask",
                                                "work\n"
                                                        + "signal ask 'Is it {description}?'\n"
                                                        + "signal done"),
                                        stage("fail", "print on\nsignal failed 'too hard'"))
                                .agent("claude"));
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
        var gone = coordinator.enqueue(Given.stages(stage("one", "signal done")).agent("claude"));
        var unknown =
                coordinator.enqueue(Given.stages(stage("one", "signal done")).agent("custom"));

        coordinator.until(
                "both are over", () -> coordinator.isOver(gone) && coordinator.isOver(unknown));

        assertFailed(gone, "agent_missing");
        assertFailed(unknown, "agent_missing");
    }

    @Test
    void aRepositoryThatCannotBeHadFailsTheAttemptBeforeItStarts() throws Exception {
        var lease =
                coordinator.enqueue(
                        Given.stages(stage("one", "true")).repository("file:///nowhere/at/all"));

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));

        assertFailed(lease, "workspace_failed");
        assertThat(coordinator.facts(lease)).hasSize(1);
    }

    private static Stage asking(String name, String command, Gate gate) {
        return new Stage(name, command, 60, Map.of(), 0, 0, null, gate);
    }
}
