package dev.muster.worker.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

final class SleepingClockTest {

    private static final Duration SLEPT = Duration.ofDays(1);

    /** How far the clock is ahead of one that stands still while the computer sleeps; in ns. */
    static final class Lead {
        private Lead() {}

        public static void main(String[] none) {
            System.out.println(Time.system().nanos() - System.nanoTime());
        }
    }

    /** A computer that slept for a day is one whose clocks are a day apart. */
    @Test
    void sleepCounts() throws Exception {
        var namespace =
                List.of("unshare", "--time", "--boottime", "" + SLEPT.toSeconds(), "--fork");
        assumeTrue(succeeds(namespace), "needs root and unshare with namespaces of time");

        var slept = Duration.ofNanos(lead(namespace) - lead(List.of()));

        assertThat(slept).isBetween(SLEPT.minusMinutes(1), SLEPT.plusMinutes(1));
    }

    private static boolean succeeds(List<String> namespace) {
        try {
            return start(namespace, List.of("true")).waitFor() == 0;
        } catch (Exception e) {
            return false;
        }
    }

    private static long lead(List<String> namespace) throws Exception {
        var java =
                List.of(
                        System.getProperty("java.home") + "/bin/java",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Lead.class.getName());
        var process = start(namespace, java);
        var told = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
        assertThat(process.waitFor()).as(told).isZero();
        return Long.parseLong(told);
    }

    private static Process start(List<String> namespace, List<String> command) throws Exception {
        return new ProcessBuilder(Stream.concat(namespace.stream(), command.stream()).toList())
                .redirectErrorStream(true)
                .start();
    }
}
