package dev.muster.worker.workspace;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Which workspaces are in use, each by one at a time: a machine may be granted an attempt again
 * while its first run of it still ends. Thread-safe. INVARIANT: nobody enters one that somebody is
 * in or that is being removed, and none that somebody is in is removed.
 */
final class Occupancy {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Set<String> inside = new HashSet<>();
    private final Set<String> removing = new HashSet<>();

    /** Blocks while somebody is in, or while it is being removed. */
    void enter(String name) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (removing.contains(name) || inside.contains(name)) {
                changed.await();
            }
            inside.add(name);
        } finally {
            lock.unlock();
        }
    }

    /** Nothing if nobody is in. */
    void leave(String name) {
        lock.lock();
        try {
            inside.remove(name);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean isUsed(String name) {
        lock.lock();
        try {
            return inside.contains(name);
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
     * Runs {@code removal} while nobody is in and nobody enters.
     *
     * @return what it answers; false, without running it, if somebody is in
     */
    boolean remove(String name, Removal removal) throws IOException {
        lock.lock();
        try {
            if (inside.contains(name) || !removing.add(name)) {
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
