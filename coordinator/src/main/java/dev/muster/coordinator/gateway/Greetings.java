package dev.muster.coordinator.gateway;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;

/**
 * Passes greetings on, so many at a time and the others in the order in which they came: when a
 * coordinator starts, all machines come at once, and those that it cannot answer in time would come
 * again and again. Thread-safe.
 */
final class Greetings {

    private final int most;
    // guarded by this
    private final ArrayDeque<Runnable> line = new ArrayDeque<>();
    private int underWay;

    Greetings(int most) {
        this.most = most;
    }

    /**
     * Runs {@code turn} when it is its turn, on any thread; each must be followed by one {@link
     * #over}.
     */
    void await(Runnable turn) {
        if (isFree(turn)) {
            turn.run();
        }
    }

    private synchronized boolean isFree(Runnable turn) {
        if (underWay < most) {
            underWay++;
            return true;
        }
        line.add(turn);
        return false;
    }

    /** One that had its turn was answered, or never will be. */
    void over() {
        var next = next();
        if (next != null) {
            next.run();
        }
    }

    private synchronized @Nullable Runnable next() {
        if (line.isEmpty()) {
            underWay--;
        }
        return line.poll();
    }
}
