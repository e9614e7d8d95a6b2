package dev.muster.coordinator.dispatch.rule;

import dev.muster.protocol.message.Pause;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Locale;

/**
 * Reasons in words.
 *
 * @param rules whose refusals these are
 * @param limit how many tasks the project runs at once; null without a limit
 * @param numbers whether whoever reads may know how busy machines are, and why they drain
 */
public record Sentences(Eligibility rules, @Nullable Integer limit, boolean numbers) {

    /** Why {@code machine} may not run {@code task}: one or two sentences. */
    public String of(Reason reason, Wanted task, MachineView machine) {
        return switch (reason) {
            case PINNED_ELSEWHERE -> "The task waits for another machine.";
            case DECOMMISSIONED -> "The machine was decommissioned.";
            case DRAINING -> draining(machine);
            case OFFLINE -> offline(machine);
            case NOT_ASKING -> notAsking(machine);
            case NO_AGENT -> "The machine cannot drive '" + task.agentType() + "'.";
            case DEGRADED -> degraded(task, machine);
            case PASSED_OVER ->
                    "The machine was given the task and never said a word of it, so for a while"
                            + " others are asked.";
            case OVERLOADED -> overloaded(machine);
            case NO_SLOT -> "All slots of the machine are in use.";
            case PROJECT_LIMIT ->
                    "The project runs as many tasks at once as it may: " + limit + ".";
        };
    }

    /** An operator's words are for operators: they may say more than others are to know. */
    private String draining(MachineView machine) {
        var sentence = "The machine is draining: it is given no new tasks.";
        return !numbers || machine.because() == null
                ? sentence
                : sentence + " Why: " + machine.because();
    }

    private static String offline(MachineView machine) {
        return machine.silence() == null
                ? "The machine was never heard of."
                : "The machine is offline: it was not heard of for "
                        + words(machine.silence())
                        + ".";
    }

    private static String degraded(Wanted task, MachineView machine) {
        var degradation =
                machine.degraded().stream()
                        .filter(one -> one.agentType().equals(task.agentType()))
                        .findFirst();
        var because =
                degradation
                        .map(one -> " (" + one.why() + ")" + until(one))
                        .orElse(" and is not tried there for now.");
        boolean isDeaf =
                degradation.filter(one -> one.why().equals(Degradation.NO_START)).isPresent();
        return "'"
                + task.agentType()
                + (isDeaf
                        ? "' was given to the machine time after time and never begun"
                        : "' failed on the machine time after time")
                + because;
    }

    private static String until(Degradation degradation) {
        return degradation.until() == null
                ? " and is not tried there until its worker is restarted."
                : " and is not tried there until " + degradation.until() + ".";
    }

    private static String notAsking(MachineView machine) {
        return machine.pause() == Pause.STOPPING
                ? "The machine asks for no work: its worker is stopping."
                : "The machine asks for no work: its disk has no room for another workspace.";
    }

    private String overloaded(MachineView machine) {
        if (!numbers) {
            return "The machine is too busy.";
        }
        return String.format(
                Locale.ROOT,
                "The machine is too busy: processors %s, memory %s in use, and from %s it is given"
                        + " nothing more.",
                percent(machine.cpu()),
                percent(machine.memory()),
                percent(rules.loadThreshold()));
    }

    private static String percent(@Nullable Double share) {
        return Math.round((share == null ? 0 : share) * 100) + " %";
    }

    private static String words(Duration time) {
        if (time.toMinutes() < 2) {
            return time.toSeconds() + " s";
        }
        return time.toHours() < 2 ? time.toMinutes() + " min" : time.toHours() + " h";
    }
}
