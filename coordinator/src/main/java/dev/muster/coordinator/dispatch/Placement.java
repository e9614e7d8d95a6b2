package dev.muster.coordinator.dispatch;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Decides which open pull takes which task. Pure.
 *
 * <p>A pinned task goes to its machine only; any other to the machine with most credit left, which
 * spreads tasks evenly. All pulls here can drive all tasks here.
 */
final class Placement {

    /** A task placed on one credit of a pull; {@code credit} counts from 0 within the pull. */
    record Placed(QueuedTask task, OpenPull pull, int credit) {}

    private final List<OpenPull> pulls;
    private final Map<UUID, Integer> used = new HashMap<>();

    private Placement(List<OpenPull> pulls) {
        this.pulls = pulls;
    }

    /** Places as many of {@code tasks} as fit, in their order; the others are left out. */
    static List<Placed> place(List<QueuedTask> tasks, List<OpenPull> pulls) {
        var placement = new Placement(pulls);
        var placed = new ArrayList<Placed>();
        for (var task : tasks) {
            placement.bestFor(task).ifPresent(pull -> placed.add(placement.put(task, pull)));
        }
        return placed;
    }

    private Optional<OpenPull> bestFor(QueuedTask task) {
        return pulls.stream()
                .filter(
                        pull ->
                                left(pull) > 0
                                        && (task.pinned() == null
                                                || task.pinned().equals(pull.machine())))
                .max(Comparator.comparingInt(this::left));
    }

    private int left(OpenPull pull) {
        return pull.credit() - used.getOrDefault(pull.poll(), 0);
    }

    private Placed put(QueuedTask task, OpenPull pull) {
        int credit = used.merge(pull.poll(), 1, Integer::sum) - 1;
        return new Placed(task, pull, credit);
    }
}
