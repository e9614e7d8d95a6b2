package dev.muster.coordinator.dispatch;

import dev.muster.coordinator.dispatch.rule.Eligibility;
import dev.muster.coordinator.dispatch.rule.Openings;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Decides which open pull takes which task. Pure.
 *
 * <p>Of the machines that may run it, a task goes to one that holds its repository; else to the
 * least busy, where loads within a tenth count as equal and each task placed here as one more
 * processor in use; else to the one with more processors, then more memory; else to the one with
 * most credit left, which spreads tasks evenly. What else a machine can do does not count, but a
 * task that could go nowhere else has others go elsewhere that can.
 */
final class Placement {

    /** A task placed on one credit of a pull; {@code credit} counts from 0 within the pull. */
    record Placed(QueuedTask task, OpenPull pull, int credit) {}

    private static final double BANDS = 10;

    private final Eligibility rules;
    private final List<Candidate> candidates;
    private final Map<Long, Integer> room;
    // in the order in which tasks were placed first
    private final Map<QueuedTask, Candidate> places = new LinkedHashMap<>();
    private final Map<UUID, Integer> used = new HashMap<>();
    private final Map<UUID, Integer> placedOn = new HashMap<>();

    private Placement(Eligibility rules, List<Candidate> candidates, Map<Long, Integer> room) {
        this.rules = rules;
        this.candidates = candidates;
        this.room = new HashMap<>(room);
    }

    /**
     * Places as many of {@code tasks} as fit, in their order, but those that have no choice first;
     * the others are left out.
     *
     * @param room how many tasks each project may still start; absent for any number
     */
    static List<Placed> place(
            Eligibility rules,
            List<QueuedTask> tasks,
            List<Candidate> candidates,
            Map<Long, Integer> room) {
        var placement = new Placement(rules, candidates, room);
        var ordered = new ArrayList<>(tasks);
        ordered.sort(Comparator.comparing(task -> task.wanted().pinned() == null));
        for (var task : ordered) {
            placement
                    .bestFor(task)
                    .or(() -> placement.vacated(task, new HashSet<>()))
                    .ifPresent(best -> placement.put(task, best));
        }
        return placement.placed();
    }

    private Optional<Candidate> bestFor(QueuedTask task) {
        return candidates.stream()
                .filter(one -> admits(task, one, left(one.pull())))
                .max(preference(task));
    }

    /**
     * Of those that may run {@code task} and have no credit left, one where a task has just moved
     * on; of several tasks there, the one that came last.
     *
     * @param asked polls of those that were asked, which need not be asked again
     */
    private Optional<Candidate> vacated(QueuedTask task, Set<UUID> asked) {
        var full =
                candidates.stream()
                        .filter(one -> admits(task, one, one.pull().credit()))
                        .sorted(preference(task).reversed())
                        .toList();
        for (var one : full) {
            if (asked.add(one.pull().poll()) && oneMoves(tasksOf(one).reversed(), asked)) {
                return Optional.of(one);
            }
        }
        return Optional.empty();
    }

    private boolean oneMoves(List<QueuedTask> tasks, Set<UUID> asked) {
        for (var task : tasks) {
            if (moves(task, asked)) {
                return true;
            }
        }
        return false;
    }

    private boolean moves(QueuedTask task, Set<UUID> asked) {
        var elsewhere = bestFor(task).or(() -> vacated(task, asked));
        elsewhere.ifPresent(
                to -> {
                    take(places.get(task), -1);
                    places.put(task, to);
                    take(to, 1);
                });
        return elsewhere.isPresent();
    }

    private boolean admits(QueuedTask task, Candidate one, int slots) {
        // who has a place is counted by its project, wherever that is
        int ofProject =
                places.containsKey(task)
                        ? Openings.UNLIMITED
                        : room.getOrDefault(task.project(), Openings.UNLIMITED);
        return rules.admits(task.wanted(), one.machine(), new Openings(slots, ofProject));
    }

    private Comparator<Candidate> preference(QueuedTask task) {
        return Comparator.<Candidate, Boolean>comparing(
                        one ->
                                task.repository() != null
                                        && one.machine().mirrors().contains(task.repository()))
                .thenComparing(Comparator.comparingInt(this::band).reversed())
                .thenComparingInt(one -> one.machine().cpus())
                .thenComparingLong(one -> one.machine().memoryBytes())
                .thenComparingInt(one -> left(one.pull()));
    }

    /** Tenths of the machine in use. Finer would be noise: a load is some seconds old. */
    private int band(Candidate one) {
        double added = placedOn.getOrDefault(one.machine().id(), 0) / (double) one.machine().cpus();
        return (int) (Math.min(1, one.machine().load() + added) * BANDS);
    }

    private int left(OpenPull pull) {
        return pull.credit() - used.getOrDefault(pull.poll(), 0);
    }

    private List<QueuedTask> tasksOf(Candidate one) {
        return places.entrySet().stream()
                .filter(place -> place.getValue().equals(one))
                .map(Map.Entry::getKey)
                .toList();
    }

    private void put(QueuedTask task, Candidate on) {
        room.computeIfPresent(task.project(), (_, left) -> left - 1);
        places.put(task, on);
        take(on, 1);
    }

    private void take(Candidate one, int credit) {
        used.merge(one.pull().poll(), credit, Integer::sum);
        placedOn.merge(one.machine().id(), credit, Integer::sum);
    }

    private List<Placed> placed() {
        var credits = new HashMap<UUID, Integer>();
        var placed = new ArrayList<Placed>();
        places.forEach(
                (task, one) -> {
                    int credit = credits.merge(one.pull().poll(), 1, Integer::sum) - 1;
                    placed.add(new Placed(task, one.pull(), credit));
                });
        return placed;
    }
}
