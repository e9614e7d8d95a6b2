package dev.muster.coordinator.time;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Lets many wait for things to change by asking one question for all of them, again and again while
 * somebody waits. Thread-safe.
 *
 * @param <K> names a thing
 * @param <V> how it stands
 */
public final class Watch<K, V> implements AutoCloseable {

    private final Map<K, Set<Waiter<V>>> waiters = new ConcurrentHashMap<>();
    private final Function<Set<K>, Map<K, V>> look;
    private final Loop loop;

    /**
     * @param look tells how things stand; what is not there has no entry
     */
    public Watch(Loops loops, String name, Duration every, Function<Set<K>, Map<K, V>> look) {
        this.look = look;
        this.loop = loops.loop(name, every, this::pass);
    }

    public void start() {
        loop.start();
    }

    /**
     * Returns when the thing may stand otherwise than {@code known}, or after {@code atMost}.
     *
     * @param known null for what was not there
     */
    public void await(K thing, @Nullable V known, Duration atMost) throws InterruptedException {
        var waiter = new Waiter<V>(known);
        waiters.compute(
                thing,
                (_, others) -> {
                    var all = others == null ? ConcurrentHashMap.<Waiter<V>>newKeySet() : others;
                    all.add(waiter);
                    return all;
                });
        try {
            waiter.wakeup.await(atMost);
        } finally {
            waiters.computeIfPresent(
                    thing,
                    (_, all) -> {
                        all.remove(waiter);
                        return all.isEmpty() ? null : all;
                    });
        }
    }

    private void pass() {
        var things = Set.copyOf(waiters.keySet());
        if (things.isEmpty()) {
            return;
        }
        var stand = look.apply(things);
        for (var thing : things) {
            for (var waiter : waiters.getOrDefault(thing, Set.of())) {
                if (!Objects.equals(stand.get(thing), waiter.known)) {
                    waiter.wakeup.poke();
                }
            }
        }
    }

    @Override
    public void close() {
        loop.close();
    }

    /** One who waits; two are never the same. */
    private static final class Waiter<V> {
        private final @Nullable V known;
        private final Wakeup wakeup = new Wakeup();

        private Waiter(@Nullable V known) {
            this.known = known;
        }
    }
}
