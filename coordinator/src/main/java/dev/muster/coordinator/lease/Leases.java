package dev.muster.coordinator.lease;

import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.DatabaseFailure;
import dev.muster.coordinator.task.Endings;
import dev.muster.coordinator.time.Loop;
import dev.muster.coordinator.time.Stopwatch;
import dev.muster.protocol.message.Heartbeat;
import dev.muster.protocol.message.LeaseRef;

import io.micrometer.core.instrument.MeterRegistry;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Prolongs leases by heartbeats and ends those of silent machines and former daemons. Thread-safe.
 */
public final class Leases implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Leases.class);

    private final LeaseConfig config;
    private final LeaseStore store;
    private final Runnable queued;
    private final Endings endings;
    private final Loop sweep;
    // only the sweep touches this: since when machines could be heard without a break
    private Stopwatch hearing = Stopwatch.started();

    /**
     * @param queued wakes the dispatcher when a task went back to the queue
     */
    public Leases(LeaseConfig config, Database database, MeterRegistry registry, Runnable queued) {
        this.config = config;
        this.store = new LeaseStore(database);
        this.queued = queued;
        this.endings = new Endings(registry);
        this.sweep = new Loop("lease sweep", sweepEvery(config), this::sweepOnce);
    }

    private static Duration sweepEvery(LeaseConfig config) {
        var third = config.startDeadline().dividedBy(3);
        return third.compareTo(Duration.ofSeconds(2)) < 0 ? third : Duration.ofSeconds(2);
    }

    public void start() {
        hearing = Stopwatch.started();
        sweep.start();
    }

    /**
     * Takes a heartbeat.
     *
     * @return what the machine must stop; empty if another daemon speaks for the machine
     */
    public Optional<List<LeaseRef>> heartbeat(Heartbeat heartbeat) {
        if (!store.seen(heartbeat.machine(), heartbeat.boot(), heartbeat.load())) {
            return Optional.empty();
        }
        return Optional.of(renew(heartbeat.machine(), heartbeat.held()));
    }

    /** Prolongs what the machine holds by right and answers the rest, which it must stop. */
    public List<LeaseRef> renew(UUID machine, List<LeaseRef> held) {
        var good = store.renew(machine, held, config.grace());
        var stop = new ArrayList<>(held);
        stop.removeAll(good);
        return stop;
    }

    /** Ends what former daemons of this machine ran: it died with them. */
    public void endOfOtherBoots(UUID machine, UUID boot) {
        after(store.endOfOtherBoots(machine, boot));
    }

    private void sweepOnce() {
        try {
            // Machines may be unheard because we or the database were away: each gets a full window
            // to speak first.
            var heardFor = hearing.elapsed();
            var expired = store.expired(heardFor.compareTo(config.grace()) >= 0);
            if (heardFor.compareTo(config.startDeadline()) >= 0) {
                after(store.endExpired(expired));
            }
        } catch (DatabaseFailure e) {
            hearing = Stopwatch.started();
            throw e;
        }
    }

    private void after(LeaseStore.Ended ended) {
        var reason = ended.why().reason();
        endings.attempts("LOST", reason, ended.failed());
        endings.leases(reason, ended.released());
        if (ended.failed() + ended.released() > 0) {
            log.warn(
                    "leases ended reason={} failed={} requeued={}",
                    reason,
                    ended.failed(),
                    ended.released());
        }
        if (ended.released() > 0) {
            queued.run();
        }
    }

    @Override
    public void close() {
        sweep.close();
    }
}
