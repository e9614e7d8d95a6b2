package dev.muster.worker.relay;

import dev.muster.protocol.message.LeaseRef;
import dev.muster.worker.journal.Journal;

import java.util.HashSet;
import java.util.Set;

/**
 * A terminal for those who are at it: what it printed is its journal. Closed when it is over;
 * connections then send the rest and end by themselves. Thread-safe.
 */
public final class LiveTerminal implements AutoCloseable {

    /** How many coordinators may be connected to it at once. */
    static final int MOST_CONNECTIONS = 16;

    private final String name;
    private final Journal journal;
    private final Controls controls;
    private final Runnable onClose;
    // of connections and those being dialled; guarded by this
    private final Set<String> tokens = new HashSet<>();

    /**
     * @param name by which coordinators ask for it, beside the lease
     */
    LiveTerminal(String name, Journal journal, Controls.Size size, Runnable onClose) {
        this.name = name;
        this.journal = journal;
        this.controls = new Controls(journal.lease() + " terminal=" + name, size);
        this.onClose = onClose;
    }

    public Controls controls() {
        return controls;
    }

    String name() {
        return name;
    }

    Journal journal() {
        return journal;
    }

    LeaseRef lease() {
        return journal.lease();
    }

    /** Whether somebody with this token may connect: not twice, and not too many. */
    synchronized boolean admits(String token) {
        return tokens.size() < MOST_CONNECTIONS && tokens.add(token);
    }

    synchronized void left(String token) {
        tokens.remove(token);
    }

    /** Whether somebody is at it. */
    public synchronized boolean isWatched() {
        return !tokens.isEmpty();
    }

    @Override
    public void close() {
        onClose.run();
        controls.close();
    }
}
