package dev.muster.ops.bench;

import dev.muster.coordinator.db.Database;

import org.HdrHistogram.Histogram;

/**
 * What a claim costs at least: the oldest row of a table that has nothing else, taken by whoever
 * comes first.
 */
final class ClaimFloor {

    private static final String CLAIM =
            """
            with head as materialized (
                select id from bench_line order by id limit 1 for update skip locked
            )
            delete from bench_line l using head where l.id = head.id returning l.id
            """;

    private final Database database;

    ClaimFloor(Database database) {
        this.database = database;
        database.query(
                "preparing",
                """
                create table bench_line (id bigint generated always as identity primary key, at timestamptz default now())
                with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
                      autovacuum_vacuum_cost_delay = 0)
                """);
    }

    /** Puts a row in line and claims one; the claim alone is measured, in nanoseconds. */
    void claim(Histogram into) {
        database.query("queueing a row", "insert into bench_line default values");
        var begun = System.nanoTime();
        var rows = database.query("claiming a row", CLAIM).rowCount();
        into.recordValue(System.nanoTime() - begun);
        if (rows > 1) {
            throw new IllegalStateException("a claim took " + rows + " rows");
        }
    }
}
