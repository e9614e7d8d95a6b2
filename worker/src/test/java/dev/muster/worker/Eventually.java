package dev.muster.worker;

import static org.assertj.core.api.Assertions.fail;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Waiting for what other processes do, with a deadline. */
public final class Eventually {

    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private Eventually() {}

    /** A question that may fail to be answered while files come and go. */
    public interface Condition {
        boolean holds() throws Exception;
    }

    public static void eventually(String what, Condition condition) throws Exception {
        long deadline = System.nanoTime() + DEADLINE.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > deadline) {
                fail("not within " + DEADLINE.toSeconds() + " s: " + what);
            }
            TimeUnit.MILLISECONDS.sleep(5); // between looks; nothing is assumed to have happened
        }
    }
}
