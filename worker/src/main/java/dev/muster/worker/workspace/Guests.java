package dev.muster.worker.workspace;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Who is in which workspace beside its attempt. Thread-safe. INVARIANT: nobody comes into one that
 * is shut, and once all were told to leave for good, into none.
 */
final class Guests {

    /** More than it takes to kill what does not leave. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    // guarded by this, all three
    private final Map<String, Set<Guest>> inside = new HashMap<>();
    private final Map<String, Integer> shut = new HashMap<>();
    private boolean closed;

    /** Lets one in; false if it is shut. */
    synchronized boolean enter(String name, Guest guest) {
        if (closed || shut.containsKey(name)) {
            return false;
        }
        inside.computeIfAbsent(name, _ -> new LinkedHashSet<>()).add(guest);
        return true;
    }

    /** Nothing if it was not in. */
    synchronized void left(String name, Guest guest) {
        inside.computeIfPresent(
                name,
                (_, guests) -> {
                    guests.remove(guest);
                    return guests.isEmpty() ? null : guests;
                });
    }

    synchronized boolean areIn(String name) {
        return inside.containsKey(name);
    }

    /** Tells all that are in one to leave, and returns at once. */
    void sendAway(String name, String why) {
        of(name).forEach(guest -> guest.leave(why));
    }

    private synchronized List<Guest> of(String name) {
        return List.copyOf(inside.getOrDefault(name, Set.of()));
    }

    /** Nobody comes in until it is closed. */
    final class Shut implements AutoCloseable {

        private final String name;
        private final int sent;
        private boolean over;

        private Shut(String name, int sent) {
            this.name = name;
            this.sent = sent;
        }

        /** How many were sent away for it. */
        int sent() {
            return sent;
        }

        /** Whether all have left. */
        boolean isEmpty() {
            return !areIn(name);
        }

        @Override
        public void close() {
            synchronized (Guests.this) {
                if (!over) {
                    over = true;
                    shut.computeIfPresent(name, (_, count) -> count == 1 ? null : count - 1);
                }
            }
        }
    }

    /**
     * Lets nobody in, sends away who is in, and waits until they have left, or a kill should have
     * seen to it.
     */
    Shut shut(String name, String why) throws InterruptedException {
        List<Guest> leaving;
        synchronized (this) {
            shut.merge(name, 1, Integer::sum);
            leaving = of(name);
        }
        var shutNow = new Shut(name, leaving.size());
        boolean waited = false;
        try {
            leave(leaving, why);
            waited = true;
            return shutNow;
        } finally {
            if (!waited) {
                shutNow.close();
            }
        }
    }

    private static void leave(List<Guest> leaving, String why) throws InterruptedException {
        leaving.forEach(guest -> guest.leave(why));
        for (var guest : leaving) {
            var _ = guest.awaitLeft(PATIENCE);
        }
    }

    /** Sends all away, for good; waits as {@link #shut} does. */
    void close(String why) throws InterruptedException {
        List<Guest> leaving;
        synchronized (this) {
            closed = true;
            leaving = new ArrayList<>();
            inside.values().forEach(leaving::addAll);
        }
        leave(leaving, why);
    }
}
