package dev.muster.worker.link;

import dev.muster.protocol.message.ToWorker;
import dev.muster.worker.identity.ClusterAddress;

import java.util.function.Consumer;

/** Makes links of one sort. */
public interface Dialer {

    /**
     * Connects, or fails within a bounded time.
     *
     * @param orders hears what coordinators order over this link, on virtual threads
     */
    Link dial(ClusterAddress address, Consumer<ToWorker> orders)
            throws LinkFailure, InterruptedException;

    /**
     * Whether each link needs what a coordinator told over HTTP just before. When all machines
     * connect anew, one question less of each is thousands.
     */
    boolean needsNewAddress();
}
