package dev.muster.coordinator.notification;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.time.Loop;
import dev.muster.coordinator.time.Loops;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/** What people were told, theirs to read, and forgotten in the end. Thread-safe. */
public final class Notifications implements AutoCloseable {

    private static final Duration EVERY = Duration.ofMinutes(5);

    private final NotificationStore store;
    private final Supplier<Duration> kept;
    private final Loop loop;

    /**
     * @param kept for how long, as it is set now
     */
    public Notifications(Database database, Loops loops, Supplier<Duration> kept) {
        this.store = new NotificationStore(database);
        this.kept = kept;
        this.loop = loops.loop("notifications", EVERY, this::forget);
    }

    public void start() {
        loop.start();
    }

    List<Notification> list(
            Caller.Person person, @Nullable Long before, boolean unread, int limit) {
        return store.list(person, before, unread, limit);
    }

    long unread(Caller.Person person) {
        return store.unread(person);
    }

    void read(Caller.Person person, long id) {
        if (!store.read(person, id)) {
            throw Problem.notFound("There is no notification " + id + " of yours.");
        }
    }

    long readAll(Caller.Person person) {
        return store.readAll(person);
    }

    private void forget() {
        int gone;
        do {
            gone = store.forget(kept.get());
        } while (gone == NotificationStore.MOST_FORGOTTEN);
    }

    @Override
    public void close() {
        loop.close();
    }
}
