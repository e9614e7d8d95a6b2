package dev.muster.coordinator.dispatch.explain;

import dev.muster.coordinator.dispatch.rule.Openings;
import dev.muster.coordinator.dispatch.rule.Wanted;
import dev.muster.protocol.task.TaskState;

import org.jspecify.annotations.Nullable;

/**
 * The task that is explained.
 *
 * @param reason why it is in its state, a stable word; null if there is none
 * @param detail the same for people
 * @param stage name of the newest stage; null before the first
 * @param machine name of the machine that has or had it; null before the first
 * @param pinnedTo name of the machine it waits for; null if any will do
 * @param continues name of the stage with which it goes on there, in the workspace of an earlier
 *     attempt; null if it begins anew
 * @param limit how many tasks its project runs at once; null without a limit
 * @param held how many of its project's tasks machines hold now
 * @param position place in line, from 1, of a task that waits; null for the others
 */
record Subject(
        TaskState state,
        @Nullable String reason,
        @Nullable String detail,
        @Nullable String stage,
        @Nullable String machine,
        @Nullable String pinnedTo,
        @Nullable String continues,
        Wanted wanted,
        @Nullable Integer limit,
        int held,
        @Nullable Integer position,
        boolean flagged) {

    /** What its project leaves of its limit. */
    int room() {
        return limit == null ? Openings.UNLIMITED : limit - held;
    }
}
