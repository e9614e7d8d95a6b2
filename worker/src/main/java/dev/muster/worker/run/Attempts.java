package dev.muster.worker.run;

import dev.muster.protocol.message.GateAnswer;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Pause;
import dev.muster.protocol.message.Waiting;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * The attempts this daemon holds, and its slots. An attempt takes a slot while anything of it runs,
 * except that it waits at a gate, and is held until its last fact was taken. Thread-safe.
 *
 * <p>INVARIANT: a slot is promised only while running + promised, without those that wait, stay
 * below the slots, and held + promised below twice that: what is over but not told yet is bounded
 * too. What was answered goes on beyond the slots; nothing is promised until that is made up for.
 */
final class Attempts {

    /**
     * How many wait at gates without taking a slot. Each has a worktree, and may have a shell:
     * others take a slot even so.
     */
    private static final int MOST_WAITING = 200;

    private final int slots;
    private final BooleanSupplier room;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<LeaseRef, AttemptRun> held = new HashMap<>();
    private final Set<AttemptRun> running = new HashSet<>();
    // those of running that wait at a gate, with the stage it belongs to
    private final Map<AttemptRun, Integer> waiting = new HashMap<>();
    // those of running of which only the rest of the log and the outcome are left to tell
    private final Set<AttemptRun> finished = new HashSet<>();
    private int promised;
    private boolean draining;
    private Runnable onFree = () -> {};

    /**
     * @param room whether there is room for another attempt
     */
    Attempts(int slots, BooleanSupplier room) {
        this.slots = slots;
        this.room = room;
    }

    /** {@code action} runs after a slot became free or an attempt was let go. */
    void onFree(Runnable action) {
        onFree = action;
    }

    /** Why no slot is promised, however many are free; null if they are. */
    @Nullable Pause pause() {
        lock.lock();
        try {
            if (draining) {
                return Pause.STOPPING;
            }
            return room.getAsBoolean() ? null : Pause.DISK;
        } finally {
            lock.unlock();
        }
    }

    /** Promises all free slots to a pull; 0 when there is none. */
    int promise() {
        lock.lock();
        try {
            if (pause() != null) {
                return 0;
            }
            int free = Math.min(waiting.size(), MOST_WAITING);
            int most = Math.min(slots - running.size(), 2 * slots - held.size());
            int credit = most + free - promised;
            promised += Math.max(0, credit);
            return Math.max(0, credit);
        } finally {
            lock.unlock();
        }
    }

    /**
     * A pull with {@code credit} is over and brought {@code arrived}: those that are new and may
     * start now. A drained daemon starts none; their leases run out.
     */
    List<AttemptRun> settle(int credit, List<AttemptRun> arrived) {
        lock.lock();
        try {
            promised -= credit;
            var started = new ArrayList<AttemptRun>();
            for (var run : arrived) {
                if (!draining && held.putIfAbsent(run.lease(), run) == null) {
                    running.add(run);
                    started.add(run);
                }
            }
            changed.signalAll();
            return started;
        } finally {
            lock.unlock();
        }
    }

    /** The attempt, which runs, waits at the gate of a stage. */
    void waits(AttemptRun run, int stage) {
        update(() -> waiting.put(run, stage));
    }

    /** The attempt does not wait any more. */
    void goesOn(AttemptRun run) {
        update(() -> waiting.remove(run));
    }

    /** What waits at gates. */
    List<Waiting> waiting() {
        lock.lock();
        try {
            return waiting.entrySet().stream()
                    .map(entry -> new Waiting(entry.getKey().lease(), entry.getValue()))
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    /** Nothing if the attempt is not held, or waits for no such answer. */
    void answer(GateAnswer answer) {
        AttemptRun run;
        lock.lock();
        try {
            run = held.get(answer.lease());
        } finally {
            lock.unlock();
        }
        if (run != null) {
            run.answered(answer.stage(), answer.result());
        }
    }

    /** Nothing of the attempt runs any more, and what came of it waits to be told. */
    void finished(AttemptRun run) {
        update(() -> finished.add(run));
    }

    /** The attempt's thread ends: its slot is free. */
    void over(AttemptRun run) {
        update(
                () -> {
                    running.remove(run);
                    finished.remove(run);
                });
    }

    /** The attempt's last fact was taken. */
    void told(LeaseRef lease) {
        update(() -> held.remove(lease));
    }

    private void update(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        onFree.run();
    }

    /** The lease is gone: the attempt ends silently. Nothing if it is not held. */
    void revoke(LeaseRef lease) {
        revoke(lease, AttemptRun::revoke);
    }

    /**
     * The lease is about to be gone: the same, with no more than {@code grace} for what is asked to
     * end.
     */
    void revoke(LeaseRef lease, Duration grace) {
        revoke(lease, run -> run.revoke(grace));
    }

    private void revoke(LeaseRef lease, Consumer<AttemptRun> how) {
        AttemptRun run;
        lock.lock();
        try {
            run = held.remove(lease);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (run != null) {
            how.accept(run);
            onFree.run();
        }
    }

    List<LeaseRef> held() {
        lock.lock();
        try {
            return List.copyOf(held.keySet());
        } finally {
            lock.unlock();
        }
    }

    /** Those of which anything runs, or waits at a gate. */
    Set<LeaseRef> runningLeases() {
        lock.lock();
        try {
            return running.stream()
                    .filter(run -> !finished.contains(run))
                    .map(AttemptRun::lease)
                    .collect(Collectors.toSet());
        } finally {
            lock.unlock();
        }
    }

    /** Those of {@code held} of which nothing runs any more; null for none. */
    @Nullable List<LeaseRef> finished(List<LeaseRef> held) {
        var running = runningLeases();
        var over = held.stream().filter(lease -> !running.contains(lease)).toList();
        return over.isEmpty() ? null : over;
    }

    int running() {
        lock.lock();
        try {
            return running.size();
        } finally {
            lock.unlock();
        }
    }

    /** No slot is promised any more. */
    void drain() {
        lock.lock();
        try {
            draining = true;
        } finally {
            lock.unlock();
        }
    }

    /** Ends what runs: told as a failure, or silently when {@code silently}. */
    void stopAll(boolean silently) {
        List<AttemptRun> all;
        lock.lock();
        try {
            all = List.copyOf(running);
            if (silently) {
                held.values().forEach(AttemptRun::revoke);
                held.clear();
            }
        } finally {
            lock.unlock();
        }
        all.forEach(silently ? AttemptRun::revoke : AttemptRun::stopForDaemon);
    }

    /** Waits until nothing of the attempt runs, and nothing of it is to be told. */
    void awaitGone(LeaseRef lease) throws InterruptedException {
        lock.lock();
        try {
            while (held.containsKey(lease)
                    || running.stream().anyMatch(run -> run.lease().equals(lease))) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether everything was over and told within {@code atMost}. */
    boolean awaitNone(Duration atMost) throws InterruptedException {
        var left = atMost.toNanos();
        lock.lock();
        try {
            while (!running.isEmpty() || !held.isEmpty()) {
                if (left <= 0) {
                    return false;
                }
                left = changed.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }
}
