package dev.muster.worker.terminal;

import dev.muster.protocol.pipeline.Stage;

import java.time.Duration;

/**
 * How long a stage may take.
 *
 * @param total from its start
 * @param silence without any output; {@code total} where nobody set one
 */
public record Limits(Duration total, Duration silence) {

    /** Those of a pipeline's stage. */
    public static Limits of(Stage stage) {
        return new Limits(stage.limit(), stage.silence());
    }

    /** A stage that may be silent for as long as it runs. */
    public static Limits of(Duration total) {
        return new Limits(total, total);
    }
}
