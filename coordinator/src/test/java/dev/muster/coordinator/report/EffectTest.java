package dev.muster.coordinator.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Report;

import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.Test;

import java.util.List;

final class EffectTest {

    @Test
    void whatAnAgentAsksIsAnEventAndTheTaskGoesOn() {
        var asked = new Fact.AgentAsked(5, 1, "build", "Which\0 one?");

        var effect = Effect.of(new Report(new LeaseRef(1, 1, 1), 2, List.of(asked)));

        assertThat(effect.end()).isNull();
        assertThat(effect.starts()).isFalse();
        assertThat(effect.stage()).isEqualTo(1);
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
