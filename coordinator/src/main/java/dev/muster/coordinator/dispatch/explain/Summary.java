package dev.muster.coordinator.dispatch.explain;

import dev.muster.coordinator.dispatch.rule.Eligibility;
import dev.muster.coordinator.dispatch.rule.Reason;
import dev.muster.coordinator.dispatch.rule.Sentences;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** A task's situation in a sentence or two. Pure. */
final class Summary {

    private final Subject task;
    private final List<Verdict> verdicts;
    private final Sentences sentences;

    private Summary(Subject task, List<Verdict> verdicts, Sentences sentences) {
        this.task = task;
        this.verdicts = verdicts;
        this.sentences = sentences;
    }

    /**
     * @param verdicts on every machine, for a task that waits
     */
    static String of(Subject task, List<Verdict> verdicts, Sentences sentences) {
        return new Summary(task, verdicts, sentences).text();
    }

    private String text() {
        return switch (task.state()) {
            case QUEUED -> waiting() + continuing();
            case ASSIGNED -> "It was given to " + task.machine() + ", which prepares it.";
            case RUNNING -> "It runs on " + task.machine() + inStage() + ".";
            case SUSPENDED -> suspended();
            case COMPLETED -> "It has completed.";
            case FAILED -> "It has failed." + detail();
            case CANCELLED -> "It was cancelled." + detail();
        };
    }

    private String inStage() {
        return task.stage() == null ? "" : ", in stage '" + task.stage() + "'";
    }

    private String continuing() {
        return task.continues() == null
                ? ""
                : " It goes on there with stage '%s', in the workspace of an earlier attempt."
                        .formatted(task.continues());
    }

    private String suspended() {
        if ("GATE".equals(task.reason())) {
            return "It waits for a person's answer.";
        }
        return "It is suspended while " + task.machine() + " is out of contact." + detail();
    }

    private String detail() {
        return task.detail() == null ? "" : " " + task.detail();
    }

    private String waiting() {
        if (verdicts.stream()
                .noneMatch(one -> Eligibility.mightEver(task.wanted(), one.machine()))) {
            return hopeless();
        }
        if (task.wanted().pinned() != null) {
            return waitingForItsMachine();
        }
        long eligible = verdicts.stream().filter(Verdict::isEligible).count();
        if (eligible > 0) {
            return "It is number %d in line, and %s."
                    .formatted(
                            task.position(),
                            eligible == 1
                                    ? "1 machine may run it"
                                    : eligible + " machines may run it");
        }
        return task.room() <= 0
                ? sentences.of(Reason.PROJECT_LIMIT, task.wanted(), verdicts.getFirst().machine())
                : "No machine may run it now: " + counted() + ".";
    }

    private String hopeless() {
        if (task.wanted().pinned() == null) {
            return verdicts.isEmpty()
                    ? "It cannot run: no machine is enrolled."
                    : "It cannot run: no machine can drive '" + task.wanted().agentType() + "'.";
        }
        var why =
                ofPinned()
                        .filter(one -> !one.refusals().contains(Reason.DECOMMISSIONED))
                        .map(_ -> "cannot drive '" + task.wanted().agentType() + "'")
                        .orElse("was decommissioned");
        return "It cannot run: it waits for %s, which %s.".formatted(task.pinnedTo(), why);
    }

    private String waitingForItsMachine() {
        var refusals = ofPinned().map(Verdict::refusals).orElse(List.of());
        if (refusals.isEmpty()) {
            return "It is number %d in line for %s, which may run it."
                    .formatted(task.position(), task.pinnedTo());
        }
        var machine = ofPinned().orElseThrow().machine();
        return "It waits for %s. %s"
                .formatted(
                        task.pinnedTo(), sentences.of(refusals.getFirst(), task.wanted(), machine));
    }

    private Optional<Verdict> ofPinned() {
        return verdicts.stream()
                .filter(one -> one.machine().id().equals(task.wanted().pinned()))
                .findFirst();
    }

    private String counted() {
        Map<Reason, Integer> counts = new EnumMap<>(Reason.class);
        verdicts.forEach(one -> counts.merge(one.refusals().getFirst(), 1, Integer::sum));
        return counts.entrySet().stream()
                .map(count -> count.getValue() + " " + word(count.getKey()))
                .collect(Collectors.joining(", "));
    }

    private static String word(Reason reason) {
        return switch (reason) {
            case PINNED_ELSEWHERE -> "not meant";
            case DECOMMISSIONED -> "decommissioned";
            case DRAINING -> "draining";
            case OFFLINE -> "offline";
            case NOT_ASKING -> "not asking for work";
            case NO_AGENT -> "without the agent";
            case DEGRADED -> "where the agent failed time after time";
            case PASSED_OVER -> "that let it lie and is passed over for a while";
            case OVERLOADED -> "too busy";
            case NO_SLOT -> "without a free slot";
            case PROJECT_LIMIT -> "kept from it by the project's limit";
        };
    }
}
