package dev.muster.coordinator.dispatch;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.muster.coordinator.config.CoordinatorConfig;
import dev.muster.coordinator.config.DispatchConfig;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.DatabaseFailure;
import dev.muster.coordinator.dispatch.rule.Eligibility;
import dev.muster.coordinator.project.Pipelines;
import dev.muster.coordinator.secret.Provisions;
import dev.muster.coordinator.task.Endings;
import dev.muster.coordinator.time.Loop;
import dev.muster.coordinator.time.Loops;
import dev.muster.coordinator.time.Stopwatch;
import dev.muster.coordinator.time.Timers;
import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.Pull;
import dev.muster.protocol.message.Pulled;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

/** Parks pulls and gives them tasks. Thread-safe; one pass runs at a time. */
public final class Dispatcher implements AutoCloseable {

    /** Covers wake-ups that got lost; one small query, and only while pulls are parked. */
    private static final Duration SWEEP = Duration.ofSeconds(1);

    /** No pull is parked longer, whatever it asks for. */
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    /** More than any fleet needs, and few enough to hold. */
    private static final int MOST_PARKED = 50_000;

    /** Longer than a copy of a request is under way, or waits anywhere. */
    private static final Duration COPIES_COME = Duration.ofMinutes(1);

    private static final int MOST_ANSWERED = 200_000;

    /** While much is granted, the loop shows now and then that it is alive. */
    private static final Duration LONGEST = Duration.ofSeconds(1);

    private final Vertx vertx;
    private final GrantStore grants;
    // only the loop touches these two
    private final Fleet fleet;
    private final Turns turns = new Turns();
    private final Counter counter;
    private final Timer claims;
    private final Endings endings;
    private final Runnable wakeOthers;
    private final Loop loop;
    // guarded by itself; in the order the pulls came
    private final Map<UUID, OpenPull> open = new LinkedHashMap<>();
    // polls that were answered here a short while ago
    private final Cache<UUID, Boolean> answered =
            Caffeine.newBuilder().expireAfterWrite(COPIES_COME).maximumSize(MOST_ANSWERED).build();
    // guarded by open
    private boolean passing;
    // guarded by open
    private boolean closed;

    /**
     * A dispatcher that is not started yet.
     *
     * @param config how long a granted attempt may stay unmentioned by its machine
     * @param set how waiting tasks rise and when machines have enough, as it is set now
     * @param registry counts grants
     * @param wakeOthers tells the other coordinators to look at the queue; called when there is no
     *     credit here
     */
    public static Dispatcher of(
            Vertx vertx,
            Database database,
            Pipelines pipelines,
            Provisions provisions,
            CoordinatorConfig config,
            Supplier<DispatchConfig> set,
            MeterRegistry registry,
            Loops loops,
            Runnable wakeOthers) {
        var rules = rules(config, set);
        var grants =
                new GrantStore(
                        database,
                        pipelines,
                        provisions,
                        rules,
                        new TakeStore(() -> set.get().ageing()),
                        config.lease().startDeadline());
        var fleet = new Fleet(new FleetStore(database), rules);
        var counter =
                Counter.builder("muster.grants")
                        .description("Attempts granted to machines")
                        .register(registry);
        var claims =
                Timer.builder("muster.claim")
                        .description("How long a pass takes to grant what it grants")
                        .publishPercentiles(0.5, 0.99)
                        .register(registry);
        return new Dispatcher(
                vertx, grants, fleet, counter, claims, new Endings(registry), loops, wakeOthers);
    }

    /** Who may run what, as it is set now. */
    public static Supplier<Eligibility> rules(
            CoordinatorConfig config, Supplier<DispatchConfig> set) {
        return () -> new Eligibility(set.get().loadThreshold(), config.presence().offlineAfter());
    }

    private Dispatcher(
            Vertx vertx,
            GrantStore grants,
            Fleet fleet,
            Counter counter,
            Timer claims,
            Endings endings,
            Loops loops,
            Runnable wakeOthers) {
        this.vertx = vertx;
        this.grants = grants;
        this.fleet = fleet;
        this.counter = counter;
        this.claims = claims;
        this.endings = endings;
        this.wakeOthers = wakeOthers;
        this.loop = loops.loop("dispatch", SWEEP, this::passes);
    }

    public void start() {
        loop.start();
    }

    /** A task was queued by this coordinator. */
    public void queued() {
        if (mayServe()) {
            loop.poke();
        } else {
            wakeOthers.run();
        }
    }

    /** A task was queued by another coordinator. */
    public void wake() {
        if (mayServe()) {
            loop.poke();
        }
    }

    /**
     * Parks {@code pull} until it can be given tasks or its wait is over; with nothing to give the
     * answer is empty. It fails when the database does, and then the same poll must be asked {@code
     * again}: it may have been given something. Copies of a parked poll are all answered the same.
     * A poll that was answered is not parked again: its worker may have heard the answer, and would
     * not hear of anything that a late copy is given.
     *
     * <p>Blocks for a database round trip if the poll was asked before.
     */
    public Future<Pulled> pull(Pull pull) {
        var waiting = OpenPull.of(pull);
        if (answered.getIfPresent(pull.poll()) != null) {
            giveWhatItHas(waiting);
            waiting.give(List.of());
            return waiting.answer().future();
        }
        var timer = Timers.after(vertx, wait(pull), () -> expire(waiting));
        var answer =
                waiting.answer()
                        .future()
                        .onSuccess(_ -> answered.put(pull.poll(), true))
                        .onComplete(_ -> vertx.cancelTimer(timer));
        if (!park(waiting)) {
            waiting.fail(new IllegalStateException("too many pulls are parked"));
            return answer;
        }
        if (pull.again()) {
            // looked up once it is parked: what an earlier copy is given from now on, this one is
            // given too
            giveWhatItHas(waiting);
        }
        loop.poke();
        return answer;
    }

    private static Duration wait(Pull pull) {
        return Duration.ofMillis(Math.clamp(pull.waitMillis(), 1, LONGEST_WAIT.toMillis()));
    }

    private boolean park(OpenPull pull) {
        synchronized (open) {
            if (closed || open.size() >= MOST_PARKED) {
                return false;
            }
            var earlier = open.put(pull.poll(), pull);
            if (earlier != null) {
                // copies may overtake each other: whichever the worker still listens to is answered
                pull.answer()
                        .future()
                        .onSuccess(earlier.answer()::tryComplete)
                        .onFailure(earlier.answer()::tryFail);
            }
            return true;
        }
    }

    /**
     * Answers a parked pull with what its poll was given before, if anything; also while a pass has
     * it, which may find nothing to give it and park it again.
     */
    private void giveWhatItHas(OpenPull pull) {
        try {
            var had = grants.granted(pull.poll(), pull.machine());
            if (!had.isEmpty()) {
                pull.give(had);
                remove(pull);
            }
        } catch (DatabaseFailure e) {
            pull.fail(e);
            remove(pull);
        }
    }

    /** A new daemon speaks for the machine: pulls of former ones get nothing any more. */
    public void forgetOtherBoots(UUID machine, UUID boot) {
        List<OpenPull> former;
        synchronized (open) {
            former =
                    open.values().stream()
                            .filter(pull -> pull.machine().equals(machine))
                            .filter(pull -> !pull.boot().equals(boot))
                            .toList();
        }
        former.forEach(this::expire);
    }

    /** How many attempts machines here are ready to take. */
    public int openCredit() {
        synchronized (open) {
            return open.values().stream().mapToInt(OpenPull::credit).sum();
        }
    }

    /**
     * During a pass the pulls it serves are out of the map; one more pass will see what became of
     * them.
     */
    private boolean mayServe() {
        synchronized (open) {
            return passing || !open.isEmpty();
        }
    }

    private void expire(OpenPull pull) {
        pull.expired().set(true);
        if (remove(pull)) {
            pull.give(List.of());
        }
    }

    private boolean remove(OpenPull pull) {
        synchronized (open) {
            return open.remove(pull.poll(), pull);
        }
    }

    /** Passes until the queue or the credit is used up. */
    private void passes() {
        setPassing(true);
        var begun = Stopwatch.started();
        try {
            while (serve(open(parked()))) {
                if (begun.elapsed().compareTo(LONGEST) > 0) {
                    loop.poke();
                    return;
                }
            }
        } finally {
            setPassing(false);
        }
    }

    private void setPassing(boolean now) {
        synchronized (open) {
            passing = now;
        }
    }

    /** Without a database none of them waits on: they may meet a coordinator that has one. */
    private List<Candidate> open(List<OpenPull> parked) {
        try {
            return fleet.open(parked);
        } catch (DatabaseFailure e) {
            parked.stream().filter(this::remove).forEach(pull -> pull.fail(e));
            throw e;
        }
    }

    private List<OpenPull> parked() {
        synchronized (open) {
            return List.copyOf(open.values());
        }
    }

    /**
     * One pass.
     *
     * @return whether another one at once may find more
     */
    private boolean serve(List<Candidate> candidates) {
        // INVARIANT: while a pass may grant to them, pulls are out of the map, so nothing else
        // answers them
        var mine = new ArrayList<>(candidates);
        mine.removeIf(one -> !remove(one.pull()));
        if (mine.isEmpty()) {
            return false;
        }
        var unserved = new LinkedHashSet<OpenPull>();
        mine.forEach(one -> unserved.add(one.pull()));
        try {
            var claiming = Stopwatch.started();
            var granted = grants.grant(mine, turns.ahead());
            if (!granted.projects().isEmpty()) {
                claims.record(claiming.elapsed());
            }
            turns.taken(granted.projects());
            counter.increment(granted.projects().size());
            endings.attempts("FAILED", "poison", granted.poisoned());
            for (var one : mine) {
                var assignments = granted.byPoll().get(one.pull().poll());
                if (assignments != null) {
                    unserved.remove(one.pull());
                    give(one.pull(), assignments);
                }
            }
            boolean outdated = fleet.forget(granted.outdated());
            return !unserved.isEmpty() && (outdated || !granted.projects().isEmpty());
        } catch (DatabaseFailure e) {
            if (e.violates("lease_poll_key") && giveCopies(unserved)) {
                return true;
            }
            // Nobody knows whether it was done: whoever asks again is told.
            unserved.forEach(pull -> pull.fail(e));
            unserved.clear();
            throw e;
        } finally {
            unserved.forEach(this::parkAgain);
        }
    }

    /** Gives them to a copy of the same poll too, which may have come during the pass. */
    private void give(OpenPull pull, List<Assignment> assignments) {
        pull.give(assignments);
        OpenPull copy;
        synchronized (open) {
            copy = open.remove(pull.poll());
        }
        if (copy != null) {
            copy.give(assignments);
        }
    }

    /**
     * Answers those whose poll was given something before, here or by another coordinator: they are
     * copies of it.
     *
     * @return whether there was one, so that the others can be served now
     */
    private boolean giveCopies(Set<OpenPull> pulls) {
        return pulls.removeIf(
                pull -> {
                    var had = grants.granted(pull.poll(), pull.machine());
                    if (!had.isEmpty()) {
                        pull.give(had);
                    }
                    return !had.isEmpty();
                });
    }

    private void parkAgain(OpenPull pull) {
        boolean late;
        synchronized (open) {
            open.putIfAbsent(pull.poll(), pull);
            late = closed;
        }
        if (pull.answer().future().isComplete()) {
            remove(pull);
            return;
        }
        if (late || pull.expired().get()) {
            // its time ran out while it was out of the map
            expire(pull);
        }
    }

    /** Answers every parked pull with nothing, so that workers ask another coordinator at once. */
    @Override
    public void close() {
        loop.close();
        List<OpenPull> left;
        synchronized (open) {
            closed = true;
            left = List.copyOf(open.values());
            open.clear();
        }
        left.forEach(pull -> pull.give(List.of()));
    }
}
