package dev.muster.coordinator.audit;

import dev.muster.coordinator.config.DatabaseConfig;
import dev.muster.coordinator.db.Database;

import io.vertx.core.Vertx;

import java.util.Collection;
import java.util.function.LongConsumer;

/**
 * The log as a whole, for who looks at it from outside a coordinator. Every method blocks its
 * thread.
 */
public final class AuditLog implements AutoCloseable {

    private final Vertx vertx;
    private final Database database;
    private final AuditStore store;

    private AuditLog(Vertx vertx, Database database) {
        this.vertx = vertx;
        this.database = database;
        this.store = new AuditStore(database);
    }

    /** The log of a database, which a coordinator may be using. */
    public static AuditLog in(DatabaseConfig config) {
        var vertx = Vertx.vertx();
        return new AuditLog(vertx, Database.open(vertx, config));
    }

    /** Entries that wait to be sealed, which a second suffices for. */
    public long unsealed() {
        return store.countUnsealed();
    }

    /**
     * Walks the whole log; it may grow meanwhile.
     *
     * @param heads what was seen of it before, read before this begins
     * @param progress hears now and then up to which entry all is well
     */
    public Finding verify(Chain chain, Collection<Head> heads, LongConsumer progress) {
        return new Verification(chain, store::after, heads).run(progress);
    }

    @Override
    public void close() {
        database.close();
        database.await("closing the audit log", vertx.close());
    }
}
