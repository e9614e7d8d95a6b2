package dev.muster.ops.fault;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Does the same thing often, a few at a time. */
final class AtOnce {

    private static final int MOST = 16;

    /** What is done the n-th time, counted from 0. */
    @FunctionalInterface
    interface Deed<T> {
        T perform(int n) throws Exception;
    }

    private AtOnce() {}

    /**
     * Returns when all is done, and what came of each.
     *
     * @throws java.util.concurrent.ExecutionException with the first failure, once nothing runs any
     *     more
     */
    static <T> List<T> times(int count, Deed<T> deed) throws Exception {
        var results = new ArrayList<T>();
        try (var threads = Executors.newFixedThreadPool(MOST, Thread.ofVirtual().factory())) {
            var running = new ArrayList<Future<T>>();
            for (int i = 0; i < count; i++) {
                int n = i;
                running.add(threads.submit(() -> deed.perform(n)));
            }
            for (var one : running) {
                results.add(one.get());
            }
        }
        return results;
    }
}
