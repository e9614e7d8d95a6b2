package dev.muster.coordinator.log;

import java.util.Locale;

/**
 * How much of a log is kept: its beginning and its end, in whole pieces. What lies between is
 * dropped a step at a time, so for a while a step more is there.
 *
 * @param most in bytes, of which each of the two gets half
 */
record LogLimit(long most) {

    private static final int STEPS = 16;
    private static final double MEBIBYTE = 1024 * 1024;

    long head() {
        return most / 2;
    }

    long tail() {
        return most - head();
    }

    /** Whether something may have to be dropped of a log that grew from {@code before} bytes. */
    boolean isDue(long before, long now) {
        long step = most / STEPS;
        return now > most && before / step != now / step;
    }

    /** What readers are shown in the place of what was dropped. */
    static String note(long dropped) {
        return String.format(Locale.ROOT, "[%.1f MiB of output were not kept]", dropped / MEBIBYTE);
    }
}
