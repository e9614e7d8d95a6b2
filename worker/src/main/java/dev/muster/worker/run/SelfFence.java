package dev.muster.worker.run;

import dev.muster.protocol.message.Kept;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.worker.process.Sweeper;
import dev.muster.worker.time.Background;
import dev.muster.worker.time.Time;
import dev.muster.worker.time.Wakeup;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Ends what this machine is about to lose the right to run: nobody told in time that it may go on.
 * When its window is over the coordinator may let another machine run it, and by then nothing of it
 * runs here: {@link Retreat}. Thread-safe.
 */
final class SelfFence implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(SelfFence.class);

    /** Windows are a setting's or a project's, so there are few. */
    private static final int MOST_TOLD = 100;

    private static final Duration NOTHING_DUE = Duration.ofMinutes(1);

    /** Waits do not count the computer's sleep, after which something may be due at once. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    private final Time time;
    private final Attempts attempts;
    private final Duration killGrace;
    private final Wakeup changed = new Wakeup();
    // on the clock of Time; guarded by this. What does not run any more goes with the next look:
    // an outcome that waits to be told harms nobody, and may be believed even later
    private final Map<LeaseRef, End> ends = new HashMap<>();
    private volatile @Nullable Duration startWindow;
    // those of which it was said that the grace does not fit in; guarded by this
    private final Set<Duration> tooShort = new HashSet<>();
    private final Background loop;

    /**
     * @param atNanos when it begins
     * @param grace how long what is asked to end may then take
     */
    private record End(long atNanos, Duration grace) {}

    /**
     * @param killGrace how long a process that was asked to end may take before it is killed
     */
    SelfFence(Time time, Attempts attempts, Duration killGrace) {
        this.time = time;
        this.attempts = attempts;
        this.killGrace = killGrace;
        this.loop = Background.start("fence", this::run);
    }

    /** How long an attempt may be held before it is first named as kept; null for any time. */
    void startWindow(@Nullable Duration window) {
        startWindow = window;
        if (window != null) {
            check(window);
        }
    }

    /**
     * Says once of a window that it is too short for the grace: whoever set either would not know.
     */
    private synchronized void check(Duration window) {
        var retreat = Retreat.within(window, killGrace, Sweeper.PERIOD);
        if (retreat.isHasty(killGrace) && tooShort.size() < MOST_TOLD && tooShort.add(window)) {
            log.warn(
                    "kill-grace does not fit into the window of an attempt, so what nobody lets go"
                            + " on is killed sooner window={} kill-grace={} grace={}",
                    window,
                    killGrace,
                    retreat.grace());
        }
    }

    /**
     * An attempt arrived, and takes a slot. Its window counts from now, though it may have been
     * granted before: nothing of it runs until a coordinator took its first word.
     */
    void arrived(LeaseRef lease) {
        var window = startWindow;
        if (window != null) {
            endAt(lease, time.nanos(), window);
            changed.poke();
        }
    }

    /**
     * These may go on.
     *
     * @param askedNanos when the message was sent that says so
     */
    void kept(@Nullable List<Kept> kept, long askedNanos) {
        if (kept != null && !kept.isEmpty()) {
            kept.forEach(
                    one -> endAt(one.lease(), askedNanos, Duration.ofMillis(one.windowMillis())));
            changed.poke();
        }
    }

    private synchronized void endAt(LeaseRef lease, long askedNanos, Duration window) {
        check(window);
        var retreat = Retreat.within(window, killGrace, Sweeper.PERIOD);
        ends.put(lease, new End(askedNanos + retreat.after().toNanos(), retreat.grace()));
    }

    private void run() throws InterruptedException {
        while (true) {
            changed.await(untilNext());
            takeOverdue()
                    .forEach(
                            (lease, end) -> {
                                log.warn(
                                        "nobody says that it may go on, so the attempt ends here"
                                                + " {} grace={}",
                                        lease,
                                        end.grace());
                                attempts.revoke(lease, end.grace());
                            });
        }
    }

    private synchronized Duration untilNext() {
        ends.keySet().retainAll(attempts.runningLeases());
        long now = time.nanos();
        return ends.values().stream()
                .map(end -> Duration.ofNanos(Math.max(0, end.atNanos() - now)))
                .min(Duration::compareTo)
                .map(next -> next.compareTo(LOOK) < 0 ? next : LOOK)
                .orElse(NOTHING_DUE);
    }

    /** Each once: what is being ended still runs for a while. */
    private synchronized Map<LeaseRef, End> takeOverdue() {
        // what ended while the loop waited
        ends.keySet().retainAll(attempts.runningLeases());
        long now = time.nanos();
        var overdue = new HashMap<>(ends);
        overdue.values().removeIf(end -> end.atNanos() - now > 0);
        ends.keySet().removeAll(overdue.keySet());
        return overdue;
    }

    @Override
    public void close() {
        loop.close();
    }
}
