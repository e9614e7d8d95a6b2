package dev.muster.protocol.message;

import dev.muster.protocol.pipeline.Pipeline;

/**
 * Where an attempt goes on that continues an earlier one.
 *
 * @param stage index of the stage it begins with
 * @param attempt the attempt of the same task whose workspace it goes on in
 */
public record Continuation(int stage, int attempt) {
    public Continuation {
        if (stage < 0 || stage >= Pipeline.MOST_STAGES || attempt < 1) {
            throw new IllegalArgumentException(
                    "stages start at 0, attempts at 1, were " + stage + " and " + attempt);
        }
    }
}
