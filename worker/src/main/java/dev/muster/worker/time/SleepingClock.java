package dev.muster.worker.time;

import dev.muster.worker.process.Libc;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The system's clock that goes on while the computer sleeps, as the JDK's does not: a laptop whose
 * lid was closed for an hour is an hour older to everybody else.
 */
final class SleepingClock {

    private static final boolean IS_LINUX = System.getProperty("os.name").equals("Linux");

    /** CLOCK_BOOTTIME; on macOS CLOCK_MONOTONIC is such a clock. */
    private static final int CLOCK = IS_LINUX ? 7 : 6;

    private static final MethodHandle CLOCK_GETTIME =
            Libc.function(
                    "clock_gettime",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));

    private SleepingClock() {}

    static long nanos() {
        try (var arena = Arena.ofConfined()) {
            var time = arena.allocate(ValueLayout.JAVA_LONG, 2);
            int result = (int) CLOCK_GETTIME.invokeExact(CLOCK, time);
            if (result != 0) {
                throw new IllegalStateException("this system has no clock " + CLOCK);
            }
            return time.getAtIndex(ValueLayout.JAVA_LONG, 0) * 1_000_000_000
                    + time.getAtIndex(ValueLayout.JAVA_LONG, 1);
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw Libc.broken("clock_gettime", e);
        }
    }
}
