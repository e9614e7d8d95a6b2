package dev.muster.coordinator.dispatch;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Whose turn it is among projects. Each grant is a turn taken; a project that took one is that many
 * turns ahead of those that waited, and who waits long is owed no more than to be next. Pure memory
 * of this coordinator: each is fair by itself, so all together are. For one thread.
 */
final class Turns {

    // per project the turn it may take next; absent means the present one
    private final Map<Long, Long> next = new HashMap<>();
    private long present;

    /** How many turns projects took ahead of the others; those that are absent took none. */
    Map<Long, Long> ahead() {
        var ahead = new HashMap<Long, Long>();
        next.forEach((project, turn) -> ahead.put(project, turn - present));
        return ahead;
    }

    /** The projects of tasks that were just granted, one for each task. */
    void taken(List<Long> projects) {
        long latest = present;
        for (var project : projects) {
            long turn = next.getOrDefault(project, present);
            next.put(project, turn + 1);
            latest = Math.max(latest, turn);
        }
        present = latest;
        next.values().removeIf(turn -> turn <= present);
    }
}
