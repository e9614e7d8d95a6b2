package dev.muster.ops.bench;

import dev.muster.coordinator.config.DatabaseConfig;
import dev.muster.coordinator.db.Database;

import io.vertx.core.Vertx;
import io.vertx.sqlclient.Tuple;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the database alone can do: claim a row and record that it is done, one transaction each, as
 * fast as it goes.
 */
final class SqlFloor {

    private static final int CLIENTS = 8;
    private static final int ROWS = 200_000;
    private static final Duration LENGTH = Duration.ofSeconds(5);

    private static final String CLAIM_AND_FINISH =
            """
            with head as materialized (
                select id from bench_queue order by id limit 1 for update skip locked
            ), taken as (
                delete from bench_queue q using head where q.id = head.id returning q.id
            )
            insert into bench_done (id) select id from taken
            """;

    private SqlFloor() {}

    /** Transactions per second with 8 clients. */
    static double transactionsPerSecond(DatabaseConfig config) {
        var vertx = Vertx.vertx();
        try (var database = Database.open(vertx, config)) {
            database.query(
                    "preparing", "create table bench_queue (id bigint primary key, body text)");
            database.query(
                    "preparing",
                    "create table bench_done (id bigint primary key, at timestamptz default"
                            + " now())");
            database.query(
                    "preparing",
                    "insert into bench_queue select n, repeat('x', 100) from generate_series(1, $1)"
                            + " n",
                    Tuple.of(ROWS));
            return measure(database);
        } finally {
            vertx.close().await();
        }
    }

    private static double measure(Database database) {
        var done = new AtomicLong();
        var start = System.nanoTime();
        var end = start + LENGTH.toNanos();
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CLIENTS; i++) {
                clients.execute(
                        () -> {
                            while (System.nanoTime() < end) {
                                database.query("claiming", CLAIM_AND_FINISH);
                                done.incrementAndGet();
                            }
                        });
            }
        }
        return done.get() * 1e9 / (System.nanoTime() - start);
    }
}
