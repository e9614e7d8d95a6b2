package dev.muster.coordinator.time;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;

/** Pass, wait, repeat, on a virtual thread of its own. A failing pass never ends it. */
public final class Loop implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Loop.class);

    /** After a pass that failed; what is done rarely must not be late for as long. */
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

    /**
     * A system property: nothing may rest on a wake-up but speed, and only tests of that set it.
     */
    public static final String NO_WAKE_UPS = "muster.no-wake-ups";

    private static final boolean DEAF = Boolean.getBoolean(NO_WAKE_UPS);

    private final String name;
    private final Duration every;
    private final Runnable onePass;
    private final Wakeup wakeup = new Wakeup();
    private final Thread thread;
    private volatile boolean closing;
    // only the loop's thread touches this
    private boolean failing;

    private volatile Stopwatch sinceSuccess = Stopwatch.started();

    Loop(String name, Duration every, Runnable onePass) {
        this.name = name;
        this.every = every;
        this.onePass = onePass;
        this.thread = Thread.ofVirtual().name(name).unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    /** How long ago a pass last succeeded; before that, how long this has existed. */
    Duration age() {
        return sinceSuccess.elapsed();
    }

    /** Whether the pass that is due has succeeded, or is not later than that. */
    boolean isInTime(Duration mostLate) {
        return age().compareTo(every.plus(mostLate)) < 0;
    }

    /** Asks for a pass now; during a pass it asks for one more. */
    public void poke() {
        if (!DEAF) {
            wakeup.poke();
        }
    }

    private void run() {
        try {
            while (!closing) {
                pass();
                wakeup.await(failing && every.compareTo(AFTER_FAILURE) > 0 ? AFTER_FAILURE : every);
            }
        } catch (InterruptedException e) {
            // close() waited its grace and gave up on this pass; what it was writing is one
            // statement, whole or not
            Thread.currentThread().interrupt();
        }
    }

    private void pass() {
        try {
            onePass.run();
            if (failing) {
                log.info("passes succeed again loop={}", name);
            }
            failing = false;
            sinceSuccess = Stopwatch.started();
        } catch (RuntimeException e) {
            if (!failing) {
                log.error("a pass failed, will try again loop={}", name, e);
            }
            failing = true;
        }
    }

    /** Lets a running pass end, up to 5 s. */
    @Override
    public void close() {
        closing = true;
        wakeup.poke();
        try {
            if (thread.isAlive() && !thread.join(Duration.ofSeconds(5))) {
                thread.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
