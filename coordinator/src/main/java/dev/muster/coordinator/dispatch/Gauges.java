package dev.muster.coordinator.dispatch;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.time.Loop;
import dev.muster.coordinator.time.Loops;

import io.micrometer.core.instrument.MeterRegistry;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Measures what only the database knows, now and then, for those who operate the coordinator. */
public final class Gauges implements AutoCloseable {

    private static final Duration EVERY = Duration.ofSeconds(5);

    private static final String MEASURE =
            """
            select (select count(*) from queue) as queued,
                   (select coalesce(extract(epoch from now() - min(enqueued_at)), 0)::bigint from queue) as oldest,
                   (select count(*) from lease) as leases,
                   (select count(*) from presence where seen_at > now() - $1::bigint * interval '1 ms') as online
            """;

    private final Database database;
    private final Duration online;
    private final Loop loop;
    private final AtomicLong queued;
    private final AtomicLong oldest;
    private final AtomicLong leases;
    private final AtomicLong machines;

    /**
     * @param online how recently a machine must have been heard of to count
     */
    public Gauges(
            Database database,
            Dispatcher dispatcher,
            MeterRegistry registry,
            Loops loops,
            Duration online) {
        this.database = database;
        this.online = online;
        this.queued = gauge(registry, "muster.queue.tasks");
        this.oldest = gauge(registry, "muster.queue.oldest.seconds");
        this.leases = gauge(registry, "muster.leases");
        this.machines = gauge(registry, "muster.machines.online");
        this.loop = loops.loop("gauges", EVERY, this::measure);
        registry.gauge("muster.dispatch.open.credit", dispatcher, Dispatcher::openCredit);
    }

    private static AtomicLong gauge(MeterRegistry registry, String name) {
        var value = new AtomicLong();
        registry.gauge(name, value);
        return value;
    }

    public void start() {
        loop.start();
    }

    private void measure() {
        var arguments = io.vertx.sqlclient.Tuple.of(online.toMillis());
        var row = database.query("measuring the queue", MEASURE, arguments).iterator().next();
        queued.set(row.getLong("queued"));
        oldest.set(row.getLong("oldest"));
        leases.set(row.getLong("leases"));
        machines.set(row.getLong("online"));
    }

    @Override
    public void close() {
        loop.close();
    }
}
