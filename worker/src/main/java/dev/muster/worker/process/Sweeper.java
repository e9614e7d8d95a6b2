package dev.muster.worker.process;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * Ends process trees: asks them to, gives them the grace, then kills.
 *
 * <p>An ordinary end costs one system call here; whatever the group's signal did not reach is found
 * by a loop that looks at all processes at most once per period, however many attempts ended, and
 * not at all while none did.
 *
 * <p>INVARIANT: a tree stays on the list until several looks in a row found none of it alive. One
 * is not enough: a look takes a while, and what forks and exits meanwhile can be missed.
 */
public final class Sweeper implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Sweeper.class);

    /** How often to look while something may be left. */
    public static final Duration PERIOD = Duration.ofSeconds(1);

    /** How often to look while somebody waits for the end. */
    private static final long HASTE = TimeUnit.MILLISECONDS.toNanos(20);

    // a tree that forks faster than it is killed is looked at again at once, this many times
    private static final int ROUNDS = 10;

    private final Duration grace;
    private final Duration period;
    private final Optional<ControlGroups> groups;
    private final Thread loop;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Condition gone = lock.newCondition();

    // guarded by lock
    private final Map<Cookie, ProcessTree> live = new HashMap<>();
    private final Map<Cookie, EndingTree> ending = new HashMap<>();
    private int waiting; // how many callers wait for an end
    private boolean closing;

    /**
     * Starts the loop.
     *
     * @param grace how long a process that was asked to end may take before it is killed
     * @param period how often to look, at most, while something may be left
     */
    public Sweeper(Duration grace, Duration period) {
        this(grace, period, Optional.empty());
    }

    /** The same with a control group for each tree. */
    public Sweeper(Duration grace, Duration period, Optional<ControlGroups> groups) {
        this.grace = grace;
        this.period = period;
        this.groups = groups;
        this.loop = Thread.ofPlatform().daemon().name("sweeper").start(this::run);
    }

    /** How long a process that was asked to end may take before it is killed. */
    public Duration grace() {
        return grace;
    }

    /**
     * Makes the control group of the tree that is about to start.
     *
     * @return the file into which its shell writes its process id first; empty where there are no
     *     control groups
     */
    public Optional<Path> group(Cookie cookie) throws IOException {
        return groups.isPresent() ? Optional.of(groups.get().make(cookie)) : Optional.empty();
    }

    /** Nothing was started for the group that was made. */
    public void neverStarted(Cookie cookie) {
        groups.ifPresent(all -> all.remove(cookie));
    }

    /** A shell was started. */
    public void started(ProcessTree tree) {
        lock.lock();
        try {
            live.put(tree.cookie(), tree);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Nothing of this tree may go on. Returns at once. Called before the shell is reaped, while its
     * number cannot belong to anybody else; a second call does nothing.
     */
    public void end(ProcessTree tree) {
        end(tree, grace);
    }

    /**
     * The same with a grace no longer than {@code most}; a second call may shorten it.
     *
     * @param most how long, from now, what was asked to end may take before it is killed
     */
    public void end(ProcessTree tree, Duration most) {
        long killAt = System.nanoTime() + Math.min(most.toNanos(), grace.toNanos());
        lock.lock();
        try {
            if (live.remove(tree.cookie()) == null) {
                var ended = ending.get(tree.cookie());
                if (ended != null) {
                    ended.killBy(killAt);
                }
                return;
            }
            Posix.signalGroup(tree.leader(), Posix.Signal.TERMINATE);
            if (ending.isEmpty()) {
                work.signalAll();
            }
            ending.put(tree.cookie(), new EndingTree(tree, killAt));
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until nothing of an ended tree is alive.
     *
     * @return false if something still was after {@code atMost}
     */
    public boolean awaitGone(ProcessTree tree, Duration atMost) throws InterruptedException {
        long left = atMost.toNanos();
        lock.lockInterruptibly();
        waiting++;
        work.signalAll();
        try {
            while (isAlive(tree.cookie())) {
                if (left <= 0) {
                    return false;
                }
                left = gone.awaitNanos(left);
            }
            return true;
        } finally {
            waiting--;
            lock.unlock();
        }
    }

    /**
     * Waits until nothing is alive of the trees that carry these cookies.
     *
     * @param afterKill how long what was killed is still waited for
     * @return what lives on even so, in words; empty if nothing does
     */
    public List<String> awaitGone(Set<Cookie> cookies, Duration afterKill)
            throws InterruptedException {
        long begun = System.nanoTime();
        lock.lockInterruptibly();
        waiting++;
        work.signalAll();
        try {
            while (true) {
                var alive = cookies.stream().filter(this::isAlive).toList();
                if (alive.isEmpty()) {
                    return List.of();
                }
                long since = System.nanoTime() - begun;
                long left =
                        afterKill.toNanos()
                                - since
                                + alive.stream()
                                        .mapToLong(one -> untilKill(one, begun))
                                        .max()
                                        .orElse(0);
                if (left <= 0) {
                    return alive.stream().flatMap(this::survivors).toList();
                }
                gone.awaitNanos(left);
            }
        } finally {
            waiting--;
            lock.unlock();
        }
    }

    // called with lock held

    private boolean isAlive(Cookie cookie) {
        return live.containsKey(cookie) || ending.containsKey(cookie);
    }

    private long untilKill(Cookie cookie, long since) {
        var tree = ending.get(cookie);
        return tree == null ? grace.toNanos() : tree.killAt() - since;
    }

    private Stream<String> survivors(Cookie cookie) {
        var tree = ending.get(cookie);
        return tree == null || tree.left().isEmpty()
                ? Stream.of("processes with the cookie " + cookie.value())
                : tree.left().stream().map(RunningProcess::shown);
    }

    /**
     * Waits until nothing is alive of the trees that are ending now.
     *
     * @return false if something still was after {@code atMost}
     */
    public boolean awaitEnded(Duration atMost) throws InterruptedException {
        long left = atMost.toNanos();
        lock.lockInterruptibly();
        waiting++;
        work.signalAll();
        try {
            var now = Set.copyOf(ending.keySet());
            while (!Collections.disjoint(ending.keySet(), now)) {
                if (left <= 0) {
                    return false;
                }
                left = gone.awaitNanos(left);
            }
            return true;
        } finally {
            waiting--;
            lock.unlock();
        }
    }

    /**
     * Ends what former daemons of a data directory left behind; called before the first claim.
     *
     * @return how many processes were found
     */
    public int reap(Cookie.Family family) throws InterruptedException {
        long killAt = System.nanoTime() + grace.toNanos();
        var asked = new HashSet<Long>();
        int clean = 0;
        while (!EndingTree.isEnough(clean, asked)) {
            var left =
                    ProcessTable.read()
                            .closureOf(p -> p.cookie().filter(family::baked).isPresent());
            if (left.isEmpty()) {
                clean++;
                continue;
            }
            clean = 0;
            if (System.nanoTime() - killAt > grace.plusSeconds(5).toNanos()) {
                log.error("leftover processes survive being killed processes={}", left);
                break;
            }
            press(left, asked, killAt);
            TimeUnit.NANOSECONDS.sleep(HASTE);
        }
        groups.ifPresent(all -> all.reap(family));
        if (!asked.isEmpty()) {
            log.info("leftover processes ended count={}", asked.size());
        }
        return asked.size();
    }

    /** Ends every tree and returns when nothing is alive, or twice the grace is over. */
    @Override
    public void close() {
        lock.lock();
        try {
            closing = true;
            List.copyOf(live.values()).forEach(this::end);
            work.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            loop.join(grace.multipliedBy(2).plus(period).plusSeconds(1));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (awaitEnded()) {
                try {
                    runOnce();
                } catch (RuntimeException e) {
                    log.error("process sweep failed, will try again", e);
                }
            }
        } catch (InterruptedException _) {
            // nobody interrupts this thread but a dying JVM
        }
    }

    /** Waits for something to sweep, then for the period, so that many ends share one look. */
    private boolean awaitEnded() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (ending.isEmpty() && !closing) {
                work.await();
            }
            long since = System.nanoTime();
            for (long left = pause(); left > 0; left = pause() - (System.nanoTime() - since)) {
                long _ = work.awaitNanos(left);
            }
            return !(closing && ending.isEmpty());
        } finally {
            lock.unlock();
        }
    }

    // called with lock held
    private long pause() {
        return closing || waiting > 0 ? Math.min(HASTE, period.toNanos()) : period.toNanos();
    }

    /** One look at all processes, for all trees that ended. */
    void runOnce() {
        for (int round = 0; round < ROUNDS; round++) {
            List<EndingTree> trees;
            Set<Long> liveLeaders = new HashSet<>();
            lock.lock();
            try {
                trees = new ArrayList<>(ending.values());
                live.values().forEach(tree -> liveLeaders.add(tree.leader()));
            } finally {
                lock.unlock();
            }
            if (trees.isEmpty() || !sweep(trees, liveLeaders)) {
                return;
            }
        }
    }

    /** Whether something was killed, so that looking again at once is worth it. */
    private boolean sweep(List<EndingTree> trees, Set<Long> liveLeaders) {
        var table = ProcessTable.read();
        boolean killed = false;
        for (var tree : trees) {
            var left =
                    table.mentions(tree.leader(), tree.cookie())
                            ? table.closureOf(p -> tree.owns(p, liveLeaders))
                            : List.<RunningProcess>of();
            boolean populated = isPopulated(tree);
            if (left.isEmpty() && !populated) {
                if (tree.isGone()) {
                    gone(tree);
                }
                continue;
            }
            tree.seen(left);
            killed |= press(left, tree.asked(), tree.killAt());
            if (populated && isOver(tree.killAt())) {
                groups.ifPresent(all -> all.kill(tree.cookie()));
            }
        }
        return killed;
    }

    private boolean isPopulated(EndingTree tree) {
        return groups.filter(all -> all.isPopulated(tree.cookie())).isPresent();
    }

    private void gone(EndingTree tree) {
        groups.ifPresent(all -> all.remove(tree.cookie()));
        lock.lock();
        try {
            ending.remove(tree.cookie());
            gone.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Asks who was not asked yet; kills all when the grace is over. */
    private static boolean press(List<RunningProcess> left, Set<Long> asked, long killAt) {
        boolean over = isOver(killAt);
        for (var process : left) {
            if (asked.add(process.pid()) && !over) {
                Posix.signal(process.pid(), Posix.Signal.TERMINATE);
            }
            if (over) {
                Posix.signal(process.pid(), Posix.Signal.KILL);
            }
        }
        return over;
    }

    private static boolean isOver(long killAt) {
        return System.nanoTime() - killAt >= 0;
    }
}
