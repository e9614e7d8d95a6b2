package dev.muster.coordinator.time;

import io.vertx.core.Vertx;

import java.time.Duration;

/**
 * Timers of the event loops: each runs where it was set, and is ended by {@link Vertx#cancelTimer}.
 */
public final class Timers {

    private Timers() {}

    /** Runs {@code what} once; answers the timer. */
    public static long after(Vertx vertx, Duration time, Runnable what) {
        return vertx.setTimer(atLeastOne(time), _ -> what.run());
    }

    /** Runs {@code what} again and again; answers the timer. */
    public static long every(Vertx vertx, Duration time, Runnable what) {
        return vertx.setPeriodic(atLeastOne(time), _ -> what.run());
    }

    private static long atLeastOne(Duration time) {
        return Math.max(1, time.toMillis());
    }
}
