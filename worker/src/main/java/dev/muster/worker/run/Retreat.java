package dev.muster.worker.run;

import java.time.Duration;

/**
 * How an attempt is ended in time, which nobody says may go on. Pure.
 *
 * @param after how far into its window the end begins
 * @param grace how long what is asked to end may then take before it is killed
 */
record Retreat(Duration after, Duration grace) {

    private static final double MOST = 0.9;

    /** Whether what is asked to end has less time for it than {@code usual}. */
    boolean isHasty(Duration usual) {
        return grace.compareTo(usual) < 0;
    }

    /**
     * The end begins as late as it may: what ignores that it is asked to end is found and killed
     * before the window is over. But not in the window's first half, where the grace gets shorter
     * instead.
     *
     * @param window for how long the attempt may run on
     * @param usual the grace of any other end
     * @param sweep how long it may take until what is due to be killed is; a window of two of these
     *     is the shortest that can be kept to
     */
    static Retreat within(Duration window, Duration usual, Duration sweep) {
        long most = Math.round(window.toNanos() * MOST);
        long inTime = window.minus(usual).minus(sweep).toNanos();
        long after = Math.max(window.toNanos() / 2, Math.min(most, inTime));
        long left = Math.max(0, window.minus(sweep).toNanos() - after);
        return new Retreat(
                Duration.ofNanos(after), Duration.ofNanos(Math.min(usual.toNanos(), left)));
    }
}
