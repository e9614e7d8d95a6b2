package dev.muster.coordinator.dispatch.explain;

import dev.muster.coordinator.dispatch.rule.MachineView;
import dev.muster.coordinator.dispatch.rule.Reason;

import java.util.List;

/** A machine, and why it may not run the task; no reason if it may. */
record Verdict(MachineView machine, List<Reason> refusals) {

    boolean isEligible() {
        return refusals.isEmpty();
    }
}
