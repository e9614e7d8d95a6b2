package dev.muster.protocol.message;

import dev.muster.protocol.pipeline.Gate;

/**
 * What was answered at a gate, so that its attempt goes on.
 *
 * @param stage index of the stage that asked
 * @param result what a person picked or typed, or what the gate fell back to; hostile text, only
 *     ever data
 */
public record GateAnswer(LeaseRef lease, int stage, String result) {
    public GateAnswer {
        Fact.requireStage(stage);
        if (!Gate.isResult(result)) {
            throw new IllegalArgumentException("an answer is a text of bounded length");
        }
    }
}
