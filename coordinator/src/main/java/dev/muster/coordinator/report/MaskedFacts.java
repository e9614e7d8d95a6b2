package dev.muster.coordinator.report;

import dev.muster.coordinator.secret.Mask;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.Report;
import dev.muster.protocol.message.Work;

import org.jspecify.annotations.Nullable;

/**
 * Masks what a report says once more, for a worker may not have: every text in it, and nothing
 * else. Pure.
 */
record MaskedFacts(Mask mask) {

    Report of(Report report) {
        return mask.hidesNothing()
                ? report
                : new Report(
                        report.lease(),
                        report.first(),
                        report.facts().stream().map(this::masked).toList());
    }

    private Fact masked(Fact fact) {
        return switch (fact) {
            case Fact.GateOpened(var at, var stage, var name, var branch) ->
                    new Fact.GateOpened(at, stage, mask.text(name), textOrNull(branch));
            case Fact.StageStarted(var at, var stage, var name, var branch, var go) ->
                    new Fact.StageStarted(at, stage, mask.text(name), textOrNull(branch), go);
            case Fact.StageEnded(var at, var stage, var name, var ok, var exit, var why, var go) ->
                    new Fact.StageEnded(at, stage, mask.text(name), ok, exit, textOrNull(why), go);
            case Fact.AgentAsked(var at, var stage, var name, var message) ->
                    new Fact.AgentAsked(at, stage, mask.text(name), mask.text(message));
            case Fact.Succeeded(var at, var work) -> new Fact.Succeeded(at, masked(work));
            case Fact.Failed(var at, var reason, var detail, var work) ->
                    new Fact.Failed(at, mask.text(reason), mask.text(detail), masked(work));
        };
    }

    private @Nullable Work masked(@Nullable Work work) {
        return work == null
                ? null
                : new Work(
                        mask.text(work.branch()),
                        mask.text(work.base()),
                        mask.text(work.head()),
                        work.commits(),
                        work.filesChanged(),
                        work.insertions(),
                        work.deletions(),
                        work.dirty(),
                        // hex and numbers, by which it is asked for again
                        work.pushed());
    }

    private @Nullable String textOrNull(@Nullable String text) {
        return text == null ? null : mask.text(text);
    }
}
