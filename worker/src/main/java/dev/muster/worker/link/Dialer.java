package dev.muster.worker.link;

import dev.muster.protocol.message.ToWorker;
import dev.muster.worker.identity.ClusterAddress;

import java.util.function.Consumer;

/** Makes links of one sort. */
@FunctionalInterface
public interface Dialer {

    /**
     * Connects, or fails within a bounded time.
     *
     * @param orders hears what coordinators order over this link, on virtual threads
     */
    Link dial(ClusterAddress address, Consumer<ToWorker> orders)
            throws LinkFailure, InterruptedException;
}
