package dev.muster.coordinator.dispatch;

import dev.muster.coordinator.dispatch.rule.Eligibility;
import dev.muster.coordinator.dispatch.rule.Openings;

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
 * <p>Of the machines that may run it, a task goes to one that holds its repository; else to the
 * least busy, where loads within a tenth count as equal and each task placed here as one more
 * processor in use; else to the one with more processors, then more memory; else to the one with
 * most credit left, which spreads tasks evenly.
 */
final class Placement {

    /** A task placed on one credit of a pull; {@code credit} counts from 0 within the pull. */
    record Placed(QueuedTask task, OpenPull pull, int credit) {}

    private static final double BANDS = 10;

    private final Eligibility rules;
    private final List<Candidate> candidates;
    private final Map<Long, Integer> room;
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
        var placed = new ArrayList<Placed>();
        var ordered = new ArrayList<>(tasks);
        ordered.sort(Comparator.comparing(task -> task.wanted().pinned() == null));
        for (var task : ordered) {
            placement.bestFor(task).ifPresent(best -> placed.add(placement.put(task, best)));
        }
        return placed;
    }

    private Optional<Candidate> bestFor(QueuedTask task) {
        int left = room.getOrDefault(task.project(), Openings.UNLIMITED);
        return candidates.stream()
                .filter(
                        one ->
                                rules.admits(
                                        task.wanted(),
                                        one.machine(),
                                        new Openings(left(one.pull()), left)))
                .max(preference(task));
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

    private Placed put(QueuedTask task, Candidate on) {
        room.computeIfPresent(task.project(), (_, left) -> left - 1);
        placedOn.merge(on.machine().id(), 1, Integer::sum);
        int credit = used.merge(on.pull().poll(), 1, Integer::sum) - 1;
        return new Placed(task, on.pull(), credit);
    }
}
