package dev.muster.coordinator.db;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/**
 * The moment in which this process ends itself as SIGKILL would end it, between what the database
 * does and what others are told of it. Only the system property arms it, and only tests of faults
 * set that: {@code before:granting_leases} is the first time that leases would be granted, {@code
 * after:creating_tasks:3} the third time that tasks were created and nobody knows yet.
 */
final class CrashPoint {

    static final String PROPERTY = "muster.crash-point";

    /** What a shell shows for SIGKILL. */
    private static final int KILLED = 137;

    private static final Pattern FORM =
            Pattern.compile("(?<when>before|after):(?<doing>[^:]+)(?::(?<time>[1-9]\\d{0,8}))?");

    private static final @Nullable CrashPoint ARMED = of(System.getProperty(PROPERTY));

    private final String moment;
    private final AtomicInteger left;

    private CrashPoint(String moment, int time) {
        this.moment = moment;
        this.left = new AtomicInteger(time);
    }

    private static @Nullable CrashPoint of(@Nullable String text) {
        if (text == null) {
            return null;
        }
        var matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    PROPERTY + " is before: or after:, what is done, and perhaps :time");
        }
        var time = matcher.group("time");
        return new CrashPoint(
                matcher.group("when") + ":" + matcher.group("doing").replace('_', ' '),
                time == null ? 1 : Integer.parseInt(time));
    }

    /** Nothing of it is in the database yet. */
    static void before(String doing) {
        if (ARMED != null) {
            ARMED.pass("before:" + doing);
        }
    }

    /** It is committed, and nobody was told. */
    static void after(String doing) {
        if (ARMED != null) {
            ARMED.pass("after:" + doing);
        }
    }

    private void pass(String here) {
        if (moment.equals(here) && left.decrementAndGet() == 0) {
            // no shutdown hook runs: those would tidy up
            Runtime.getRuntime().halt(KILLED);
        }
    }
}
