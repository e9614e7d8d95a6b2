package dev.muster.coordinator.machine;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.time.Loop;
import dev.muster.coordinator.time.Loops;

import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Keeps decommissioned machines out of the cluster, at this coordinator: their certificates would
 * be good for up to an hour more. Each coordinator does that for itself. Thread-safe.
 */
public final class Exclusion implements AutoCloseable {

    private final ServiceStore services;
    private final Duration heartbeat;
    private final Consumer<Set<UUID>> bar;
    private final Loop loop;

    /**
     * @param heartbeat how often machines speak
     * @param bar keeps these machines out, and no others
     */
    public Exclusion(Database database, Loops loops, Duration heartbeat, Consumer<Set<UUID>> bar) {
        this.services = new ServiceStore(database);
        this.heartbeat = heartbeat;
        this.bar = bar;
        this.loop = loops.loop("cluster exclusion", heartbeat.dividedBy(2), this::runOnce);
    }

    /** Returns when those are out that left before. */
    public void start() {
        runOnce();
        loop.start();
    }

    /**
     * A machine first hears that it has to go: by an order, or by what its heartbeat is answered.
     */
    private void runOnce() {
        bar.accept(services.left(heartbeat.multipliedBy(3).dividedBy(2)));
    }

    @Override
    public void close() {
        loop.close();
    }
}
