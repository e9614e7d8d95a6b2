package dev.muster.protocol.message;

/**
 * An attempt that waits at the gate of a stage.
 *
 * @param stage the stage's index
 */
public record Waiting(LeaseRef lease, int stage) {
    public Waiting {
        Fact.requireStage(stage);
    }
}
