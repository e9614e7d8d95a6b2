package dev.muster.worker.workspace;

import java.util.HashMap;
import java.util.Map;

/** Which workspaces are in an attempt's hands. Thread-safe. */
final class InUse {

    // guarded by this; how many hands each is in
    private final Map<String, Integer> hands = new HashMap<>();

    synchronized void take(String name) {
        hands.merge(name, 1, Integer::sum);
    }

    /** Waits until nobody has it, and takes it. */
    synchronized void takeAlone(String name) throws InterruptedException {
        while (hands.containsKey(name)) {
            wait();
        }
        take(name);
    }

    /** Nothing if nobody has it. */
    synchronized void free(String name) {
        hands.computeIfPresent(name, (_, many) -> many == 1 ? null : many - 1);
        notifyAll();
    }
}
