package dev.muster.coordinator.terminal;

import dev.muster.coordinator.log.Resize;
import dev.muster.protocol.terminal.TerminalFrame;

import java.util.ArrayList;
import java.util.List;

/**
 * Sizes that somebody here gave a terminal and that are not stored yet: of those at one place the
 * last, and a few between two times of storing, of which the last is one. Thread-safe.
 */
final class Resizes {

    private static final int MOST = 8;

    private final TerminalId id;
    // guarded by this
    private final List<Resize> waiting = new ArrayList<>();

    Resizes(TerminalId id) {
        this.id = id;
    }

    /** Offsets never go back. */
    synchronized void add(long fence, long offset, TerminalFrame.Size size) {
        if (!waiting.isEmpty()
                && (waiting.getLast().offset() == offset || waiting.size() == MOST)) {
            waiting.removeLast();
        }
        waiting.addLast(
                new Resize(id.task(), id.attempt(), fence, offset, size.columns(), size.rows()));
    }

    synchronized List<Resize> all() {
        return List.copyOf(waiting);
    }

    synchronized void stored(List<Resize> some) {
        waiting.removeAll(some);
    }
}
