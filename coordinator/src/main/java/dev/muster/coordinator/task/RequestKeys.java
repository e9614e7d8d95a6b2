package dev.muster.coordinator.task;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.time.Loop;
import dev.muster.coordinator.time.Loops;

import java.time.Duration;

/** Forgets requests whose repetition is not expected any more. */
public final class RequestKeys implements AutoCloseable {

    private static final Duration KEPT = Duration.ofHours(24);
    private static final Duration EVERY = Duration.ofMinutes(5);

    private final RequestStore store;
    private final Loop loop;

    public RequestKeys(Database database, Loops loops) {
        this.store = new RequestStore(database);
        this.loop = loops.loop("request keys", EVERY, this::forget);
    }

    public void start() {
        loop.start();
    }

    private void forget() {
        int gone;
        do {
            gone = store.forget(KEPT);
        } while (gone == RequestStore.MOST);
    }

    @Override
    public void close() {
        loop.close();
    }
}
