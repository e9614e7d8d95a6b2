package dev.muster.ops.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.muster.ops.harness.Started;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A clock that differs from everybody else's, for one process: libfaketime shifts the time of day
 * and leaves durations as they are.
 *
 * @param ahead negative for one that is behind
 */
record Clock(Duration ahead) {

    private static final List<Path> LIBRARIES =
            List.of(
                    Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"),
                    Path.of("/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"),
                    Path.of("/usr/lib64/faketime/libfaketimeMT.so.1"),
                    Path.of("/usr/lib/faketime/libfaketimeMT.so.1"));

    /** Where that is the time; the test is aborted where it cannot be. */
    Place place() {
        var library = LIBRARIES.stream().filter(Files::exists).findFirst();
        assumeTrue(library.isPresent(), "there is no libfaketime here");
        return new Place(
                List.of(
                        "env",
                        "LD_PRELOAD=" + library.orElseThrow(),
                        "FAKETIME_DONT_FAKE_MONOTONIC=1",
                        // else it takes the waits of a JVM for some of its own, and they end at
                        // once
                        "FAKETIME_FORCE_MONOTONIC_FIX=0",
                        "FAKETIME=%+d".formatted(ahead.toSeconds())),
                Place.HERE.host());
    }

    /** What the process prints is of that time, so the clock was really shifted. */
    void assertTimeOf(Started daemon) {
        var stamp = Pattern.compile("\"timestamp\":(\\d+)").matcher(daemon.output());
        assertThat(stamp.find()).as(daemon.output()).isTrue();
        var printed = Instant.ofEpochMilli(Long.parseLong(stamp.group(1)));
        assertThat(Duration.between(Instant.now(), printed).minus(ahead).abs())
                .isLessThan(Duration.ofMinutes(2));
    }
}
