package dev.muster.protocol.task;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Where a task is now. The API prints the name in upper case and reads either case (seed 004,
 * tasks).
 */
public enum TaskState {
    /** Waiting for a machine. */
    QUEUED,
    /** A machine holds the lease and prepares the workspace. */
    ASSIGNED,
    /** Stages are running. */
    RUNNING,
    /** Waiting for a person's answer or for a lost machine. */
    SUSPENDED,
    /** Every stage succeeded. */
    COMPLETED,
    /** A stage, its workspace or its machine failed. */
    FAILED,
    /** A person stopped it. */
    CANCELLED;

    /** True once no worker may change the task any more. */
    public boolean isTerminal() {
        return switch (this) {
            case COMPLETED, FAILED, CANCELLED -> true;
            case QUEUED, ASSIGNED, RUNNING, SUSPENDED -> false;
        };
    }

    /** Their names, for a {@code where} that lists states. */
    public static String[] names(Set<TaskState> states) {
        return states.stream().map(Enum::name).toArray(String[]::new);
    }

    /** Reads a filter value in either case; empty when the word names no state. */
    public static Optional<TaskState> parse(String text) {
        for (var state : values()) {
            if (state.name().equals(text.toUpperCase(Locale.ROOT))) {
                return Optional.of(state);
            }
        }
        return Optional.empty();
    }
}
