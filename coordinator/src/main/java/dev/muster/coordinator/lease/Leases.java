package dev.muster.coordinator.lease;

import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.coordinator.config.PresenceConfig;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.Duty;
import dev.muster.coordinator.lease.Reconciliation.Known;
import dev.muster.coordinator.lease.Reconciliation.Said;
import dev.muster.coordinator.task.Endings;
import dev.muster.coordinator.task.Orders;
import dev.muster.coordinator.time.Loop;
import dev.muster.coordinator.time.Loops;
import dev.muster.protocol.message.Heartbeat;
import dev.muster.protocol.message.Kept;
import dev.muster.protocol.message.LeaseRef;

import io.micrometer.core.instrument.MeterRegistry;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/**
 * Prolongs leases by heartbeats, lets tasks of silent machines wait, and ends leases: of machines
 * that stay silent, of former daemons, of decommissioned machines. Thread-safe.
 */
public final class Leases implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Leases.class);

    private static final Duration SLOWEST_SWEEP = Duration.ofSeconds(2);

    /**
     * What a machine is told of what it named.
     *
     * @param stop what it must end
     * @param kept what it may run on
     */
    public record Reply(List<LeaseRef> stop, List<Kept> kept) {}

    private final LeaseConfig config;
    private final Supplier<Duration> grace;
    private final PresenceConfig presence;
    private final DoubleSupplier diskThreshold;
    private final Database database;
    private final LeaseStore leases;
    private final KnownStore known;
    private final ResumeStore resumes;
    private final SweepStore sweeps;
    private final EndStore ends;
    private final AnewStore anew;
    private final Orders orders;
    private final Runnable queued;
    private final Endings endings;
    private final AtomicInteger withheld = new AtomicInteger();
    private final Loop sweep;

    /**
     * @param grace how long a silent machine keeps what it began, as it is set now
     * @param diskThreshold share in use above which a disk is full, as it is set now
     * @param heartbeats the same database by connections that nothing else waits for, so that load
     *     never looks like a machine's death
     * @param orders tells a machine to end what it runs
     * @param queued wakes the dispatcher when a task went back to the queue
     */
    public Leases(
            LeaseConfig config,
            Supplier<Duration> grace,
            PresenceConfig presence,
            DoubleSupplier diskThreshold,
            Database database,
            Database heartbeats,
            MeterRegistry registry,
            Loops loops,
            Orders orders,
            Runnable queued) {
        this.config = config;
        this.grace = grace;
        this.presence = presence;
        this.diskThreshold = diskThreshold;
        this.database = database;
        this.leases = new LeaseStore(heartbeats);
        this.known = new KnownStore(database);
        this.resumes = new ResumeStore(database);
        this.sweeps = new SweepStore(database);
        this.ends = new EndStore(database, config.startDeadline());
        this.anew = new AnewStore(database);
        this.orders = orders;
        this.queued = queued;
        this.endings = new Endings(registry);
        registry.gauge("muster.lease.sweep.withheld", withheld);
        this.sweep = loops.loop("lease sweep", sweepEvery(), this::sweepOnce);
    }

    private Duration sweepEvery() {
        return shortest(
                SLOWEST_SWEEP,
                config.startDeadline().dividedBy(3),
                presence.offlineAfter().dividedBy(4));
    }

    /** Sweeps further apart mean that machines could not be heard in between. */
    private Duration mostBetweenSweeps() {
        return shortest(config.heartbeat().multipliedBy(3), presence.offlineAfter().dividedBy(2));
    }

    private static Duration shortest(Duration... durations) {
        return Collections.min(List.of(durations));
    }

    public void start() {
        sweep.start();
    }

    /**
     * Takes a heartbeat.
     *
     * @return what the machine is told; empty if another daemon speaks for it, or nobody may
     */
    public Optional<Reply> heartbeat(Heartbeat beat) {
        var isSpeaker =
                leases.seen(
                        beat.machine(),
                        beat.boot(),
                        beat.load(),
                        beat.pause(),
                        presence.unreachableAfter(),
                        diskThreshold.getAsDouble());
        if (!isSpeaker) {
            return Optional.empty();
        }
        return Optional.of(reconcile(beat.machine(), beat.held(), beat.finished()));
    }

    /**
     * Compares what a machine says with what is known here: prolongs what it holds by right, lets
     * go on what waited for it, and answers what it must stop.
     *
     * @param finished those of {@code held} whose outcome waits to be told
     */
    public Reply reconcile(UUID machine, List<LeaseRef> held, @Nullable List<LeaseRef> finished) {
        var renewed = leases.renew(machine, held, grace.get(), presence.offlineAfter());
        var standing = new HashMap<LeaseRef, Known>();
        renewed.forEach(kept -> standing.put(kept.lease(), kept.lost() ? Known.LOST : Known.HELD));
        var rest = held.stream().filter(lease -> !standing.containsKey(lease)).toList();
        if (!rest.isEmpty()) {
            standing.putAll(known.of(machine, rest));
        }
        var over = finished == null ? Set.<LeaseRef>of() : Set.copyOf(finished);
        var back = new ArrayList<LeaseRef>();
        var stop = new ArrayList<LeaseRef>();
        for (var lease : held) {
            var said = over.contains(lease) ? Said.FINISHED : Said.RUNNING;
            var stands = standing.getOrDefault(lease, Known.UNKNOWN);
            switch (Reconciliation.decide(stands, said)) {
                case RESUME -> back.add(lease);
                case STOP -> stop.add(lease);
                case KEEP, HEAR, GIVE_UP, NONE -> {}
            }
        }
        resume(machine, back);
        return new Reply(
                stop,
                renewed.stream()
                        .map(kept -> new Kept(kept.lease(), kept.window().toMillis()))
                        .toList());
    }

    private void resume(UUID machine, List<LeaseRef> back) {
        if (back.isEmpty()) {
            return;
        }
        var resumed = resumes.resume(Collections.nCopies(back.size(), machine), back);
        log.info("machine is back machine={} resumed={}", machine, resumed);
    }

    /** Ends what former daemons of this machine ran: it died with them. */
    public void endOfOtherBoots(UUID machine, UUID boot) {
        after(ends.endOfOtherBoots(machine, boot));
    }

    /** Ends what decommissioned machines held, and tells them; nothing waits for them. */
    public void endOfDecommissioned() {
        var ended = ends.endOfDecommissioned();
        after(ended);
        ended.held().forEach(orders::stop);
        var begunAnew = anew.beginAnew();
        if (begunAnew > 0) {
            log.warn("tasks begin anew, their machines were decommissioned count={}", begunAnew);
            queued.run();
        }
    }

    /**
     * One look for silent machines and what they hold, unless another coordinator is at it. The
     * loop's pass; whoever calls it besides changes nothing but the moment.
     */
    public void sweepOnce() {
        database.alone("sweeping leases", Duty.LEASE_SWEEP, this::sweepAlone);
    }

    private void sweepAlone() {
        var view = sweeps.mark(presence.offlineAfter(), mostBetweenSweeps());
        withheld.set(view.crowd() ? 1 : 0);
        if (view.begins()) {
            log.warn(
                    "most machines are silent at once, so each gets another window silent={} of={}",
                    view.silent(),
                    view.machines());
        }
        if (view.trusted().compareTo(presence.offlineAfter()) >= 0) {
            var suspended = sweeps.suspend(presence.offlineAfter());
            if (suspended > 0) {
                log.warn("tasks wait for silent machines count={}", suspended);
            }
        }
        after(ends.endSilent(view.trusted()));
        if (view.trusted().compareTo(config.startDeadline()) >= 0) {
            after(ends.endUnmentioned(config.startDeadline(), presence.unreachableAfter()));
        }
        endOfDecommissioned();
    }

    private void after(EndStore.Ended ended) {
        var reason = ended.why().reason();
        endings.attempts("LOST", reason, ended.failed());
        endings.attempts("LOST", "poison", ended.poisoned());
        endings.leases(reason, ended.released());
        if (ended.failed() + ended.poisoned() + ended.released() > 0) {
            log.warn(
                    "leases ended reason={} failed={} again={} poisoned={} requeued={}",
                    reason,
                    ended.failed(),
                    ended.again(),
                    ended.poisoned(),
                    ended.released());
        }
        if (ended.released() + ended.again() > 0) {
            queued.run();
        }
    }

    @Override
    public void close() {
        sweep.close();
    }
}
