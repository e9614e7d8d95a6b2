package dev.muster.coordinator.task;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.http.Feed;
import dev.muster.coordinator.http.Frame;
import dev.muster.coordinator.time.Loops;
import dev.muster.coordinator.time.Watch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Lets people follow the events of a task. Its events are numbered without gaps in the order in
 * which they are committed, so the number is all that a follower must know. Thread-safe.
 */
public final class EventFollowers implements AutoCloseable {

    private static final Duration LOOK_EVERY = Duration.ofMillis(250);
    private static final int MOST_AT_ONCE = 200;

    private final EventStore events;
    private final TaskStore tasks;
    private final Watch<Long, Integer> watch;

    public EventFollowers(Database database, Loops loops) {
        this.events = new EventStore(database);
        this.tasks = new TaskStore(database);
        this.watch = new Watch<>(loops, "followed events", LOOK_EVERY, events::newest);
    }

    public void start() {
        watch.start();
    }

    /**
     * All events of a task behind its {@code n}th, as they come; it never ends by itself, since a
     * task that ended may be retried.
     *
     * @param type only those
     */
    Feed follow(long task, int n, Optional<String> type) {
        return new EventFeed(task, n, type);
    }

    @Override
    public void close() {
        watch.close();
    }

    private final class EventFeed implements Feed {
        private final long task;
        private final Optional<String> type;
        private int n;

        private EventFeed(long task, int n, Optional<String> type) {
            this.task = task;
            this.n = n;
            this.type = type;
        }

        @Override
        public List<Frame> next(Duration atMost) throws InterruptedException {
            var found = events.after(task, n, MOST_AT_ONCE);
            if (found.isEmpty()) {
                watch.await(task, n, atMost);
                return List.of();
            }
            var frames = new ArrayList<Frame>();
            for (var event : found) {
                n = event.n();
                if (type.isEmpty() || type.get().equals(event.type())) {
                    frames.add(new Frame("event", Integer.toString(n), TaskJson.event(event)));
                }
            }
            return frames;
        }

        @Override
        public boolean isOver() {
            return false;
        }

        @Override
        public boolean mayGoOn(Caller.Person reader) {
            return tasks.isVisible(task, Viewer.of(reader));
        }

        @Override
        public void close() {
            // it holds nothing between two calls
        }
    }
}
