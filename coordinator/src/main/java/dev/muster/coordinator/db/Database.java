package dev.muster.coordinator.db;

import dev.muster.coordinator.config.DatabaseConfig;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.SslMode;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;

/** A bounded pool of connections, with every wait named and limited. Thread-safe. */
public final class Database implements AutoCloseable {

    /**
     * A statement's own limit is below ours, so that what we stop waiting for has normally ended in
     * the server.
     */
    private static final Duration MARGIN = Duration.ofSeconds(2);

    private static final int LONGEST_PREPARED = 16 * 1024;

    private static final Logger log = LoggerFactory.getLogger(Database.class);

    private static final String TRY_LOCK = "select pg_try_advisory_xact_lock($1)";

    // Statements that lie between are one part of an open transaction. Parts of parts have the name
    // too: the newest hides the older ones until it is released.
    private static final String BEGIN_PART = "savepoint part";
    private static final String END_PART = "release savepoint part";
    private static final String UNDO_PART = "rollback to savepoint part";

    // What this thread does is part of this transaction; of no other thread, so no Batch is.
    private static final ScopedValue<Transaction> CURRENT = ScopedValue.newInstance();

    private final Pool pool;
    private final Duration limit;

    private Database(Pool pool, Duration limit) {
        this.pool = pool;
        this.limit = limit;
    }

    /** Opens the pool; connections are made when first needed. */
    public static Database open(Vertx vertx, DatabaseConfig config) {
        return open(vertx, config, "requests", config.poolSize());
    }

    /**
     * A pool of so many connections beside that one, for what must not wait behind the rest.
     *
     * @param use names it in metrics
     */
    public static Database open(Vertx vertx, DatabaseConfig config, String use, int connections) {
        var pool =
                PgBuilder.pool()
                        .using(vertx)
                        .connectingTo(connectOptions(config))
                        .with(
                                new PoolOptions()
                                        .setName(use)
                                        .setMaxSize(connections)
                                        .setMaxWaitQueueSize(connections * 64)
                                        .setConnectionTimeout(5)
                                        .setConnectionTimeoutUnit(TimeUnit.SECONDS))
                        .build();
        return new Database(pool, config.statementTimeout().plus(MARGIN));
    }

    private static PgConnectOptions connectOptions(DatabaseConfig config) {
        return new PgConnectOptions()
                .setHost(config.host())
                .setPort(config.port())
                .setDatabase(config.database())
                .setUser(config.user())
                .setPassword(config.password())
                .setSslMode(config.tls() ? SslMode.VERIFY_FULL : SslMode.DISABLE)
                .setCachePreparedStatements(true)
                .setPreparedStatementCacheMaxSize(256)
                // longer ones would be parsed and planned anew each time; the hot ones are the
                // longest
                .setPreparedStatementCacheSqlFilter(sql -> sql.length() < LONGEST_PREPARED)
                .setPipeliningLimit(16)
                .setProperties(settings(config));
    }

    /**
     * Statements look rows up by key and are planned once. A plan that was made while the tables
     * were empty must be right when they are full: so it may only walk indexes.
     */
    private static Map<String, String> settings(DatabaseConfig config) {
        var timeout = Long.toString(config.statementTimeout().toMillis());
        return Map.of(
                "application_name", "muster",
                "statement_timeout", timeout,
                "lock_timeout", timeout,
                "idle_in_transaction_session_timeout", "10000",
                "plan_cache_mode", "force_generic_plan",
                "enable_seqscan", "off",
                "enable_hashjoin", "off",
                "enable_mergejoin", "off");
    }

    /** Runs one prepared statement and waits for its rows. {@code doing} completes "failed …". */
    public RowSet<Row> query(String doing, String sql, Tuple arguments) {
        CrashPoint.before(doing);
        var rows = await(doing, client().preparedQuery(sql).execute(arguments));
        CrashPoint.after(doing);
        return rows;
    }

    private SqlClient client() {
        return isWithin() ? CURRENT.get().connection : pool;
    }

    /** Whether this thread is within {@link #asOne} of this very database. */
    private boolean isWithin() {
        return CURRENT.isBound() && CURRENT.get().database == this;
    }

    /** Runs one prepared statement without arguments. */
    public RowSet<Row> query(String doing, String sql) {
        return await(doing, client().preparedQuery(sql).execute());
    }

    /** Whether the server answers now; waits at most as long as any statement may take. */
    public boolean answers() {
        return query("asking whether the database answers", "select 1").size() == 1;
    }

    /**
     * Runs {@code work} in one transaction: committed when it returns, rolled back when it throws.
     * The pool's own {@code withTransaction} would run it on an event loop, where waiting is not
     * allowed. Within {@link #asOne} it is a part of that one, undone alone when it throws.
     */
    public <T> T inTransaction(String doing, Function<Transaction, T> work) {
        if (isWithin()) {
            return asPart(doing, CURRENT.get(), work);
        }
        var connection = connection(doing);
        try {
            // Sent without waiting: the first statement travels right behind it.
            var begun = connection.begin();
            var transaction = new Transaction(this, connection);
            T result;
            try {
                result = work.apply(transaction);
                CrashPoint.before(doing);
                await(doing, begun.compose(io.vertx.sqlclient.Transaction::commit));
                CrashPoint.after(doing);
            } catch (RuntimeException e) {
                rollback(doing, begun, e);
                throw e;
            }
            transaction.afterwards.forEach(Runnable::run);
            return result;
        } finally {
            connection.close();
        }
    }

    private static <T> T asPart(String doing, Transaction whole, Function<Transaction, T> work) {
        whole.query(doing, BEGIN_PART, Tuple.tuple());
        T result;
        try {
            result = work.apply(whole);
        } catch (RuntimeException e) {
            try {
                whole.query(doing, UNDO_PART, Tuple.tuple());
            } catch (DatabaseFailure f) {
                // the whole is lost, and its commit will say so
                e.addSuppressed(f);
            }
            throw e;
        }
        whole.query(doing, END_PART, Tuple.tuple());
        return result;
    }

    /**
     * Runs {@code work} as one transaction: whatever this thread asks of this database meanwhile,
     * by whichever method, is committed when it returns and undone when it throws. A statement that
     * fails spoils the whole, whoever catches that: then nothing is committed, and this fails. What
     * is handed to a {@link Batch} is not part of it.
     */
    public <T> T asOne(String doing, Supplier<T> work) {
        return inTransaction(
                doing, transaction -> ScopedValue.where(CURRENT, transaction).call(work::get));
    }

    /**
     * Runs {@code what} when others can see what this thread did: at once, but within {@link
     * #asOne} once that is committed, and never if it is not.
     */
    public void whenCommitted(Runnable what) {
        if (isWithin()) {
            CURRENT.get().afterwards.add(what);
        } else {
            what.run();
        }
    }

    /**
     * Runs {@code work} unless another coordinator does that duty now. The lock lives in a
     * transaction of its own, so what {@code work} commits stays whatever comes after it. It saves
     * work and guards nothing: with the connection, the lock may go before {@code work} is done.
     *
     * @return whether it was done here
     */
    public boolean alone(String doing, Duty duty, Runnable work) {
        var done = new AtomicBoolean();
        try {
            return inTransaction(
                    doing,
                    transaction -> {
                        var locked = transaction.query(doing, TRY_LOCK, Tuple.of(duty.key()));
                        boolean isOurs = locked.iterator().next().getBoolean(0);
                        if (isOurs) {
                            work.run();
                            done.set(true);
                        }
                        return isOurs;
                    });
        } catch (DatabaseFailure e) {
            if (!done.get()) {
                throw e;
            }
            log.info("the lock of a duty was lost before its end duty={}", duty, e);
            return true;
        }
    }

    private SqlConnection connection(String doing) {
        var pending = pool.getConnection();
        try {
            return await(doing, pending);
        } catch (DatabaseFailure e) {
            // one that comes after all goes back, or the pool would be one short for good
            pending.onSuccess(SqlConnection::close);
            throw e;
        }
    }

    private void rollback(
            String doing, Future<io.vertx.sqlclient.Transaction> begun, RuntimeException why) {
        try {
            await(doing, begun.compose(io.vertx.sqlclient.Transaction::rollback));
        } catch (DatabaseFailure e) {
            // the connection is gone, and with it the transaction
            why.addSuppressed(e);
        }
    }

    /** One open transaction. Used by one thread at a time. */
    public static final class Transaction {
        private final Database database;
        private final SqlConnection connection;
        private final List<Runnable> afterwards = new ArrayList<>();

        private Transaction(Database database, SqlConnection connection) {
            this.database = database;
            this.connection = connection;
        }

        /**
         * Whether this transaction has that duty now; then nobody else has before it is over.
         * Unlike {@link Database#alone} the lock guards what the transaction does.
         */
        public boolean takes(Duty duty) {
            var locked = query("taking a duty", TRY_LOCK, Tuple.of(duty.key()));
            return locked.iterator().next().getBoolean(0);
        }

        /** Runs one prepared statement within the transaction. */
        public RowSet<Row> query(String doing, String sql, Tuple arguments) {
            return database.await(doing, connection.preparedQuery(sql).execute(arguments));
        }
    }

    /**
     * Waits for what the database was asked through a {@link Batch}.
     *
     * @throws DatabaseFailure if it fails, or does not come in time
     */
    public <T> T await(String doing, Future<T> pending) {
        try {
            return pending.timeout(limit.toMillis(), TimeUnit.MILLISECONDS).await();
        } catch (Exception e) {
            // await throws checked exceptions undeclared: timeout and interrupt among them
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            throw e instanceof DatabaseFailure failure ? failure : new DatabaseFailure(doing, e);
        }
    }

    @Override
    public void close() {
        await("closing the database pool", pool.close());
    }
}
