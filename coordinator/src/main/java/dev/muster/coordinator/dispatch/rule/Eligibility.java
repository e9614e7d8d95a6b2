package dev.muster.coordinator.dispatch.rule;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Who may run what. A pin is no way around any of it: the task waits until its machine may.
 *
 * @param loadThreshold share of processors or memory in use from which a machine is given nothing
 *     more, above 0 to 1; 1 for never
 * @param offline silence after which a machine counts as gone
 */
public record Eligibility(double loadThreshold, Duration offline) {

    /** Rules of the machine alone, whatever the task. */
    private static final List<Reason> OF_MACHINE =
            List.of(
                    Reason.DECOMMISSIONED,
                    Reason.DRAINING,
                    Reason.OFFLINE,
                    Reason.NOT_ASKING,
                    Reason.OVERLOADED);

    /** Every reason why not, in order; none if it may. */
    public List<Reason> refusals(Wanted task, MachineView machine, Openings left) {
        return Arrays.stream(Reason.values())
                .filter(reason -> refuses(reason, task, machine, left))
                .toList();
    }

    /** Whether there is no such reason. */
    public boolean admits(Wanted task, MachineView machine, Openings left) {
        for (var reason : Reason.values()) {
            if (refuses(reason, task, machine, left)) {
                return false;
            }
        }
        return true;
    }

    /** What the machine may be given now if it has a free slot: nothing, or agent types. */
    public Set<String> open(MachineView machine) {
        if (OF_MACHINE.stream().anyMatch(reason -> refuses(reason, machine))) {
            return Set.of();
        }
        return machine.agentTypes().stream()
                .filter(type -> !isDegraded(type, machine))
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Whether the machine could run the task some day, if people and time do not change it. */
    public static boolean mightEver(Wanted task, MachineView machine) {
        return !isPinnedElsewhere(task, machine)
                && !machine.status().equals("decommissioned")
                && machine.agentTypes().contains(task.agentType());
    }

    private boolean refuses(Reason reason, Wanted task, MachineView machine, Openings left) {
        return switch (reason) {
            case PINNED_ELSEWHERE -> isPinnedElsewhere(task, machine);
            case NO_AGENT -> !machine.agentTypes().contains(task.agentType());
            case DEGRADED -> isDegraded(task.agentType(), machine);
            case PASSED_OVER -> machine.id().equals(task.passedOver());
            case NO_SLOT -> left.slots() <= 0;
            case PROJECT_LIMIT -> left.project() <= 0;
            case DECOMMISSIONED, DRAINING, OFFLINE, NOT_ASKING, OVERLOADED ->
                    refuses(reason, machine);
        };
    }

    private boolean refuses(Reason ofMachine, MachineView machine) {
        return switch (ofMachine) {
            case DECOMMISSIONED -> machine.status().equals("decommissioned");
            case DRAINING -> machine.status().equals("draining");
            case OFFLINE -> machine.silence() == null || machine.silence().compareTo(offline) > 0;
            case NOT_ASKING -> machine.pause() != null;
            case OVERLOADED -> loadThreshold < 1 && machine.load() >= loadThreshold;
            case PINNED_ELSEWHERE, NO_AGENT, DEGRADED, PASSED_OVER, NO_SLOT, PROJECT_LIMIT -> false;
        };
    }

    private static boolean isPinnedElsewhere(Wanted task, MachineView machine) {
        return task.pinned() != null && !task.pinned().equals(machine.id());
    }

    private static boolean isDegraded(String agentType, MachineView machine) {
        return machine.degraded().stream().anyMatch(one -> one.agentType().equals(agentType));
    }
}
