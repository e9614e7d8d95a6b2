package dev.muster.coordinator.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Pushed;
import dev.muster.protocol.message.Report;
import dev.muster.protocol.message.Work;
import dev.muster.protocol.task.TaskState;

import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.Test;

import java.util.List;

class EffectTest {

    private static final Fact GATE = new Fact.GateOpened(1, 0, "ask", "muster/1-a1");
    private static final Fact START = new Fact.StageStarted(2, 0, "ask", "muster/1-a1");
    private static final Fact END = new Fact.StageEnded(3, 0, "ask", true, 0, null);
    private static final Fact NEXT_GATE = new Fact.GateOpened(4, 1, "next", "muster/1-a1");
    private static final Fact FAILURE = new Fact.Failed(5, "worker_stopped", "d", null);

    private static Effect of(int first, Fact... facts) {
        return Effect.of(new Report(new LeaseRef(1, 1, 1), first, List.of(facts)));
    }

    private static List<String> told(Effect effect) {
        return effect.events().stream()
                .map(
                        event ->
                                event.type()
                                        + " "
                                        + event.data().getString("to", "")
                                        + event.data().getString("status", ""))
                .toList();
    }

    @Test
    void aGateBeforeTheFirstStageStartsTheTaskAndSuspendsIt() {
        var effect = of(1, GATE);

        assertThat(effect.starts()).isTrue();
        assertThat(effect.branch()).isEqualTo("muster/1-a1");
        assertThat(effect.gate()).isZero();
        assertThat(effect.stage()).isZero();
        assertThat(effect.end()).isNull();
        assertThat(effect.reason()).isEqualTo("GATE");
        assertThat(told(effect))
                .containsExactly(
                        "state_change RUNNING", "gate_change opened", "state_change SUSPENDED");
    }

    @Test
    void aGateThatOpensAfterOtherFactsIsTheOneThatCounts() {
        var effect = of(1, START, END, NEXT_GATE);

        assertThat(effect.gate()).isEqualTo(1);
        assertThat(effect.stage()).isEqualTo(1);
        assertThat(told(effect))
                .containsExactly(
                        "state_change RUNNING",
                        "stage_change started",
                        "stage_change completed",
                        "gate_change opened",
                        "state_change SUSPENDED");
    }

    @Test
    void whatWasPushedIsToldBeforeTheEndAndIsAPartOfTheWork() {
        var lease = new LeaseRef(1, 1, 1);
        var commit = "0123456789abcdef0123456789abcdef01234567";
        var work = new Work("muster/1-a1", "aa", commit, 1, 2, 3, 4, false);
        var pushed = work.with(new Pushed(commit, Pushed.refOf(lease)));
        var skipped = work.with(new Pushed(commit, null));

        var effect = of(9, new Fact.Succeeded(5, pushed));

        assertThat(told(effect)).containsExactly("pushed ", "state_change COMPLETED");
        assertThat(effect.events().getFirst().data().getString("ref"))
                .isEqualTo("refs/muster/attempts/1/1");
        assertThat(effect.work().getJsonObject("push").getString("state")).isEqualTo("pushed");
        assertThat(told(of(9, new Fact.Succeeded(5, skipped))))
                .containsExactly("push_skipped ", "state_change COMPLETED");
        assertThat(told(of(9, new Fact.Succeeded(5, work))))
                .containsExactly("state_change COMPLETED");
    }

    @Test
    void nobodyIsAskedAtAGateThatWasLeftBeforeAnyoneHeardOfIt() {
        assertThat(of(1, GATE, new Fact.AgentAsked(2, 0, "ask", "Which?")).gate()).isZero();
        assertThat(of(1, GATE, START).gate()).isNull();
        assertThat(of(1, GATE, START).reason()).isNull();

        var failed = of(1, GATE, FAILURE);

        assertThat(failed.gate()).isNull();
        assertThat(failed.end()).isEqualTo(TaskState.FAILED);
        assertThat(failed.reason()).isEqualTo("worker_stopped");
        assertThat(told(failed)).containsExactly("state_change RUNNING", "state_change FAILED");
    }

    @Test
    void whatAnAgentAsksIsAnEventAndTheTaskGoesOn() {
        var asked = new Fact.AgentAsked(5, 1, "build", "Which\0 one?");

        var effect = Effect.of(new Report(new LeaseRef(1, 1, 1), 2, List.of(asked)));

        assertThat(effect.end()).isNull();
        assertThat(effect.starts()).isFalse();
        assertThat(effect.stage()).isNull();
        assertThat(effect.events())
                .containsExactly(
                        new Effect.Event(
                                "agent_asks",
                                new JsonObject()
                                        .put("stageIndex", 1)
                                        .put("stage", "build")
                                        .put("message", "Which one?")
                                        .put("elapsedMillis", 5L)));
    }
}
