package dev.muster.coordinator.model;

import dev.muster.coordinator.model.ModelMachine.Status;
import dev.muster.coordinator.model.ModelTask.Attempt;
import dev.muster.coordinator.model.ModelTask.Lease;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.task.TaskState;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** What there is, how tasks come to be, and who is granted which. Times are in half minutes. */
final class Model {

    /** Silence after which a machine is unreachable. */
    static final int UNREACHABLE = 5;

    /** Silence after which it is offline. */
    static final int OFFLINE = 11;

    static final int HEARTBEAT = 2;

    /** How long a grant may stay unmentioned. */
    static final int START_DEADLINE = 7;

    /** How long a machine is given nothing that time after time began nothing. */
    static final int DEAF = 20;

    /** How long a silent machine keeps what it began. */
    static final int GRACE = 21;

    /** How long a gate stays open. */
    static final int GATE = 15;

    final List<ModelMachine> machines = new ArrayList<>();
    final TreeMap<Long, ModelTask> tasks = new TreeMap<>();

    /** What machines are told at once since it was last looked at. */
    final List<String> orders = new ArrayList<>();

    int now;
    int swept;
    int heard = -2880;
    @Nullable Integer crowd;

    ModelTask task(long id) {
        return Objects.requireNonNull(tasks.get(id));
    }

    ModelMachine machine(UUID id) {
        return machines.stream().filter(one -> one.id.equals(id)).findFirst().orElseThrow();
    }

    void create(long id, Project project, int priority, @Nullable ModelMachine pinned) {
        tasks.put(id, new ModelTask(id, project, priority, pinned));
    }

    /** Tasks with a lease that is as told, in their order. */
    List<ModelTask> leased(Predicate<Lease> as) {
        return tasks.values().stream()
                .filter(task -> task.lease != null && as.test(task.lease))
                .toList();
    }

    /**
     * What a machine is granted that asks for {@code credit} now, in the order of tasks: by
     * priority, then in turns between projects, then by age; no more of a project than it has room
     * for. Who asks is heard by that.
     */
    List<ModelTask> due(ModelMachine machine, int credit) {
        if (machine.status != Status.ACTIVE || machine.isDeaf(now)) {
            return List.of();
        }
        var turns = new HashMap<Project, Integer>();
        var placed = new ArrayList<Placed>();
        int bound = 0;
        for (var task : waiting(machine)) {
            int turn = turns.merge(task.project, 1, Integer::sum);
            // of what waits for this machine alone no more is looked at than it asks for
            bound += task.waitsFor() == null ? 0 : 1;
            if (turn <= room(task.project) && (task.waitsFor() == null || bound <= credit)) {
                placed.add(new Placed(task, turn));
            }
        }
        return placed.stream()
                .sorted(
                        Comparator.<Placed>comparingInt(one -> -one.task().priority)
                                .thenComparingInt(Placed::turn)
                                .thenComparingLong(one -> one.task().id))
                .limit(credit)
                .map(Placed::task)
                .sorted(Comparator.comparingLong(one -> one.id))
                .toList();
    }

    private List<ModelTask> waiting(ModelMachine machine) {
        return tasks.values().stream()
                .filter(task -> task.state == TaskState.QUEUED && mayRun(task, machine))
                .filter(task -> !task.isPassedOverFor(machine, now))
                .filter(task -> room(task.project) > 0)
                .sorted(
                        Comparator.<ModelTask>comparingInt(one -> -one.priority)
                                .thenComparingLong(one -> one.id))
                .toList();
    }

    /** Whether it may be given that one, among others. */
    boolean mayBeGranted(ModelTask task, ModelMachine machine) {
        return due(machine, Integer.MAX_VALUE).contains(task);
    }

    private record Placed(ModelTask task, int turn) {}

    private static boolean mayRun(ModelTask task, ModelMachine machine) {
        return task.waitsFor() == null || task.waitsFor() == machine;
    }

    /** What waits for a person's answer takes no place. */
    private int room(Project project) {
        if (project.limit == null) {
            return Integer.MAX_VALUE;
        }
        var held =
                tasks.values().stream()
                        .filter(task -> task.project == project && task.lease != null)
                        .filter(task -> !task.isAtGate())
                        .count();
        return project.limit - (int) held;
    }

    /** Grants a task; answers the right to it. */
    LeaseRef grant(ModelTask task, ModelMachine machine) {
        task.move(TaskState.ASSIGNED, null, null);
        task.machine = machine;
        task.stage = null;
        task.fence++;
        var ref = new LeaseRef(task.id, task.attempt, task.fence);
        task.lease = new Lease(ref, machine, Objects.requireNonNull(machine.boot), now);
        var attempt =
                task.attempts.computeIfAbsent(task.attempt, number -> new Attempt(number, machine));
        attempt.machine = machine;
        attempt.fence = task.fence;
        attempt.workspace = task.goesOnIn;
        return ref;
    }

    void stop(LeaseRef lease, ModelMachine machine) {
        orders.add(Lines.order("stop", lease, machine.id));
    }

    Stream<String> lines() {
        var shown =
                machines.stream()
                        .map(
                                one ->
                                        Lines.machine(
                                                one.id,
                                                one.status.name(),
                                                one.boot,
                                                one.former.size(),
                                                now - one.seen,
                                                now - one.contact));
        var sweep =
                Lines.sweep(now - swept, now - heard, crowd == null ? null : (long) now - crowd);
        return Stream.of(
                        shown,
                        Stream.of(sweep),
                        tasks.values().stream().flatMap(task -> task.lines(now)))
                .flatMap(lines -> lines);
    }
}
