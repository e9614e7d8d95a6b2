package dev.muster.ops.bench;

import org.HdrHistogram.Histogram;

import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;

/**
 * What a process costs without Muster or a terminal: the same shell running the same command,
 * spawned and awaited.
 */
final class SpawnFloor {

    private static final Duration LENGTH = Duration.ofSeconds(5);
    private static final int ALONE = 200;

    private SpawnFloor() {}

    /** Spawns per second with that many at once. */
    static double spawnsPerSecond(int atOnce) throws InterruptedException, ExecutionException {
        var start = System.nanoTime();
        var end = start + LENGTH.toNanos();
        long done = 0;
        try (var spawners = Executors.newFixedThreadPool(atOnce)) {
            Callable<Long> spawner = () -> spawnUntil(end);
            for (var count : spawners.invokeAll(Collections.nCopies(atOnce, spawner))) {
                done += count.get();
            }
        }
        return done * 1e9 / (System.nanoTime() - start);
    }

    private static long spawnUntil(long end) throws IOException, InterruptedException {
        long done = 0;
        for (; System.nanoTime() < end; done++) {
            spawn();
        }
        return done;
    }

    /** From the call until the shell's first byte, one after the other, in nanoseconds. */
    static Histogram firstByte() throws IOException, InterruptedException {
        var latencies = new Histogram(3);
        for (int i = 0; i < ALONE; i++) {
            latencies.recordValue(spawn());
        }
        return latencies;
    }

    private static long spawn() throws IOException, InterruptedException {
        var start = System.nanoTime();
        var process =
                new ProcessBuilder("bash", "--noprofile", "--norc", "-c", "echo up; true").start();
        try (var output = process.getInputStream()) {
            output.read();
            var first = System.nanoTime() - start;
            process.waitFor();
            return first;
        }
    }
}
