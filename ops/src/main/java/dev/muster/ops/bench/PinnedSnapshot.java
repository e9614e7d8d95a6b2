package dev.muster.ops.bench;

import dev.muster.coordinator.db.Database;

import io.vertx.sqlclient.Tuple;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A transaction that lets the database tidy up nothing as long as it is open. */
final class PinnedSnapshot implements AutoCloseable {

    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch done = new CountDownLatch(1);
    private final CompletableFuture<Void> holder;

    /** Returns when it is open. */
    PinnedSnapshot(Database database) throws InterruptedException {
        holder =
                CompletableFuture.runAsync(
                        () -> hold(database), task -> Thread.ofVirtual().start(task));
        if (!begun.await(30, TimeUnit.SECONDS)) {
            throw new IllegalStateException("no transaction could be begun");
        }
    }

    private void hold(Database database) {
        database.inTransaction(
                "pinning a snapshot",
                transaction -> {
                    var isolation = "set transaction isolation level repeatable read";
                    transaction.query("pinning a snapshot", isolation, Tuple.tuple());
                    boolean over = false;
                    while (!over) {
                        // a connection that does nothing for long is closed
                        transaction.query("pinning a snapshot", "select 1", Tuple.tuple());
                        begun.countDown();
                        over = isDone();
                    }
                    return over;
                });
    }

    private boolean isDone() {
        try {
            return done.await(1, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    @Override
    public void close() {
        done.countDown();
        holder.join();
    }
}
