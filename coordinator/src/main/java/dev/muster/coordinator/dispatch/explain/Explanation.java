package dev.muster.coordinator.dispatch.explain;

import dev.muster.coordinator.dispatch.rule.Sentences;

import java.util.List;

/**
 * Why a task is where it is.
 *
 * @param verdicts on every machine, for a task that waits; else empty
 * @param sentences in which its reasons are told
 */
record Explanation(Subject task, List<Verdict> verdicts, Sentences sentences) {

    String summary() {
        return Summary.of(task, verdicts, sentences);
    }
}
