package dev.muster.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.pipeline.Stage;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.util.List;
import java.util.Map;

/** Stages that are tried again, and attempts that go on where another one stopped. */
final class RetriedRunIT extends OneDaemon {

    @Test
    void aStageIsTriedAgainInTheSameWorkspaceEachTryToldBeforeItBegins() throws Exception {
        var counting = "echo >> goes; echo go $(wc -l < goes); [ $(wc -l < goes) = 3 ]";
        var lease =
                coordinator.enqueue(retried("flaky", counting, 60, 3, 0), stage("next", "true"));

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
                        retried("slow", slow, 2, 1, 0), retried("lethal", lethal, 60, 1, 0));
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
        var lease = coordinator.enqueue(retried("bad", "exit 3", 60, 1, 0));

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));

        assertFailed(lease, "stage_failed");
        assertThat(((Fact.Failed) coordinator.facts(lease).getLast()).detail())
                .contains("try 2 of 2", "exit status 3");
        assertThat(goes(lease)).hasSize(4);
    }

    @Test
    void theWaitForTheNextTryEndsAtOnceWithTheAttempt() throws Exception {
        var lease = coordinator.enqueue(retried("bad", "exit 1", 60, 1, 3600));
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
        var first = coordinator.enqueue(stages);
        coordinator.until("the attempt is over", () -> coordinator.isOver(first));
        var workspace = temp.resolve("data/workspaces/" + first.task() + "-a1");
        Files.createFile(workspace.resolve("pass"));

        var second = coordinator.enqueueNext(first, 1, Given.stages(stages));

        coordinator.until("the second is over", () -> coordinator.isOver(second));
        assertThat(goes(second)).containsExactly("1 started (null)", "1 ok (null)");
        assertThat(coordinator.facts(second).getLast()).isInstanceOf(Fact.Succeeded.class);
        assertThat(logOf(second)).contains("kept\r\n");

        for (var file : List.of("made", "pass")) {
            Files.delete(workspace.resolve(file));
        }
        Files.delete(workspace);
        var third =
                coordinator.enqueueNext(new LeaseRef(first.task(), 1, 9), 1, Given.stages(stages));
        coordinator.until("the third is over", () -> coordinator.isOver(third));
        assertFailed(third, "workspace_missing");
        assertThat(coordinator.facts(third)).hasSize(1);
        assertThat(workspace).doesNotExist();
    }

    /** What was stopped is not over yet when the next comes. */
    @Test
    void itWaitsForTheOneBeforeToBeGone() throws Exception {
        var dying =
                "trap 'sleep 0.5; echo late > late; exit 1' TERM; echo pid=$$; sleep 600 & wait";
        var first = coordinator.enqueue(dying);
        var process = processOf(first);

        coordinator.order(worker.machine(), new ToWorker.Stop(1, first));
        var second = coordinator.enqueueNext(first, 0, Given.stages(stage("see", "cat la''te")));

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
}
