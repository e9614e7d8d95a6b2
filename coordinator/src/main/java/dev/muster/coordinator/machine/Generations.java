package dev.muster.coordinator.machine;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.time.Loop;
import dev.muster.coordinator.time.Loops;

import java.time.Duration;
import java.util.Map;
import java.util.UUID;

/**
 * Which tokens of machines are from before their last recovery, at this coordinator: they would be
 * good for up to an hour more in the hands of whoever copied one. Each coordinator looks for
 * itself. Thread-safe.
 */
public final class Generations implements AutoCloseable {

    private final EnrolmentStore store;
    private final Duration tokenLife;
    private final Loop loop;
    private volatile Map<UUID, Integer> recovered = Map.of();

    /**
     * @param heartbeat how often machines speak
     * @param tokenLife after that no token of before the recovery is good anyway
     */
    public Generations(Database database, Loops loops, Duration heartbeat, Duration tokenLife) {
        this.store = new EnrolmentStore(database);
        this.tokenLife = tokenLife;
        this.loop = loops.loop("token generations", heartbeat.dividedBy(2), this::look);
    }

    /** Returns when those are known that recovered before. */
    public void start() {
        look();
        loop.start();
    }

    private void look() {
        recovered = store.recovered(tokenLife);
    }

    /** A machine recovered here: what counts elsewhere soon counts here at once. */
    void recovered() {
        loop.poke();
    }

    /** The first generation whose tokens are good for the machine. */
    public int leastOf(UUID machine) {
        return recovered.getOrDefault(machine, 0);
    }

    @Override
    public void close() {
        loop.close();
    }
}
