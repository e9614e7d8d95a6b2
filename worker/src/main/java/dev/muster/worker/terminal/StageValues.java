package dev.muster.worker.terminal;

import dev.muster.protocol.message.Confidential;

import java.util.Map;

/**
 * What a stage finds in its environment besides its own variables.
 *
 * @param answers what people answered at gates so far, by the variable that carries it
 * @param secrets of the project, those the stage names
 */
public record StageValues(Map<String, String> answers, Map<String, Confidential> secrets) {

    /** Nothing. */
    public static final StageValues NONE = new StageValues(Map.of(), Map.of());

    public StageValues {
        answers = Map.copyOf(answers);
        secrets = Map.copyOf(secrets);
    }
}
