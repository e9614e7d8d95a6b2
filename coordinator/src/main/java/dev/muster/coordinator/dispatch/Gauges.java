package dev.muster.coordinator.dispatch;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.time.Loop;
import dev.muster.coordinator.time.Loops;

import io.micrometer.core.instrument.MeterRegistry;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Measures what only the database knows, now and then, for those who operate the coordinator. */
public final class Gauges implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Gauges.class);

    private static final Duration EVERY = Duration.ofSeconds(5);

    /** For so long a transaction may be open, and nobody needs to know. */
    private static final long LONG_SECONDS = 60;

    // What the oldest transaction may still look at is not tidied up, whosever it is. A user that
    // may not see other users' transactions sees the coordinators' alone.
    private static final String MEASURE =
            """
            select (select count(*) from queue) as queued,
                   (select coalesce(extract(epoch from now() - min(enqueued_at)), 0)::bigint from queue) as oldest,
                   (select count(*) from lease) as leases,
                   (select count(*) from presence where seen_at > now() - $1::bigint * interval '1 ms') as online,
                   (select coalesce(extract(epoch from now() - min(since)), 0)::bigint
                      from (select xact_start as since
                              from pg_stat_activity
                             where (backend_xmin is not null or backend_xid is not null)
                               and backend_type is distinct from 'autovacuum worker'
                             union all
                            select prepared from pg_prepared_xacts where database = current_database()) o) as open
            """;

    private final Database database;
    private final Duration online;
    private final Loop loop;
    private final AtomicLong queued;
    private final AtomicLong oldest;
    private final AtomicLong leases;
    private final AtomicLong machines;
    private final AtomicLong open;

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
        this.open = gauge(registry, "muster.database.oldest.transaction.seconds");
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
        tell(open.getAndSet(row.getLong("open")), open.get());
    }

    /** A line when it begins, and one when it is over. */
    private static void tell(long before, long seconds) {
        if (before <= LONG_SECONDS && seconds > LONG_SECONDS) {
            log.warn(
                    "a transaction stays open, so the database cannot tidy up what was taken off"
                            + " the queue seconds={}",
                    seconds);
        } else if (before > LONG_SECONDS && seconds <= LONG_SECONDS) {
            log.info("the database can tidy up again");
        }
    }

    @Override
    public void close() {
        loop.close();
    }
}
