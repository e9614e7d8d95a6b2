package dev.muster.worker.workspace;

import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Which workspaces are in use. Thread-safe. INVARIANT: nobody enters one that is being removed, and
 * none that somebody is in is removed.
 */
final class Occupancy {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    // a machine may be granted an attempt again while its first run of it still ends
    private final Map<String, Integer> inside = new HashMap<>();
    private final Map<String, Integer> looking = new HashMap<>();
    private final Set<String> removing = new HashSet<>();

    /** Blocks while it is being removed. */
    void enter(String name) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (removing.contains(name)) {
                changed.await();
            }
            inside.merge(name, 1, Integer::sum);
        } finally {
            lock.unlock();
        }
    }

    /** Blocks while somebody is in, or while it is being removed. */
    void enterAlone(String name) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (removing.contains(name) || inside.containsKey(name)) {
                changed.await();
            }
            inside.put(name, 1);
        } finally {
            lock.unlock();
        }
    }

    /** Nothing if nobody is in. */
    void leave(String name) {
        lock.lock();
        try {
            inside.computeIfPresent(name, (_, count) -> count == 1 ? null : count - 1);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Somebody looks in, which keeps it from being removed and nobody from working in it.
     *
     * @return false if it is being removed
     */
    boolean lookIn(String name) {
        lock.lock();
        try {
            if (removing.contains(name)) {
                return false;
            }
            looking.merge(name, 1, Integer::sum);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The end of that. */
    void lookAway(String name) {
        lock.lock();
        try {
            looking.computeIfPresent(name, (_, count) -> count == 1 ? null : count - 1);
        } finally {
            lock.unlock();
        }
    }

    boolean isUsed(String name) {
        lock.lock();
        try {
            return inside.containsKey(name);
        } finally {
            lock.unlock();
        }
    }

    /** Removes a workspace that nobody may be in; false if it let it be. */
    @FunctionalInterface
    interface Removal {
        boolean run() throws IOException;
    }

    /**
     * Runs {@code removal} while nobody is in or looks in, and nobody enters.
     *
     * @return what it answers; false, without running it, if somebody is
     */
    boolean remove(String name, Removal removal) throws IOException {
        lock.lock();
        try {
            if (inside.containsKey(name) || looking.containsKey(name) || !removing.add(name)) {
                return false;
            }
        } finally {
            lock.unlock();
        }
        try {
            return removal.run();
        } finally {
            lock.lock();
            try {
                removing.remove(name);
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }
}
