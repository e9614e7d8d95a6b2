package dev.muster.coordinator.time;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Every periodic duty of this process, and whether it is still being done: a sweep that silently
 * stopped strands what only it would have moved. Thread-safe.
 */
public final class Loops {

    /** How much later than planned a pass may succeed before its duty counts as not done. */
    private static final Duration MOST_LATE = Duration.ofSeconds(30);

    private final MeterRegistry registry;
    private final List<Loop> all = new CopyOnWriteArrayList<>();

    /**
     * @param registry shows of each loop how long ago a pass last succeeded
     */
    public Loops(MeterRegistry registry) {
        this.registry = registry;
    }

    /** A loop that is not running yet. */
    public Loop loop(String name, Duration every, Runnable onePass) {
        var loop = new Loop(name, every, onePass);
        Gauge.builder("muster.loop.age", loop, one -> one.age().toMillis() / 1000.0)
                .description("Time since a pass of a periodic duty last succeeded")
                .baseUnit("seconds")
                .tag("loop", name)
                .register(registry);
        all.add(loop);
        return loop;
    }

    /** Whether each succeeded lately. */
    public boolean areInTime() {
        return all.stream().allMatch(loop -> loop.isInTime(MOST_LATE));
    }
}
