package dev.muster.coordinator.dispatch;

import dev.muster.coordinator.dispatch.rule.MachineView;

/** A pull that waits for tasks, and its machine as it asks. */
record Candidate(OpenPull pull, MachineView machine) {}
