package dev.muster.coordinator.terminal;

import dev.muster.coordinator.time.Stopwatch;
import dev.muster.protocol.terminal.TerminalFrame.Keys;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Keys that were typed while no line was there: a moment's worth, since what is typed at a terminal
 * that one cannot see should not arrive there later. Guarded by the terminal.
 */
final class Waiting {

    private static final Duration MOMENT = Duration.ofSeconds(5);
    private static final int MOST = 4 * 1024;

    private final List<Keys> keys = new ArrayList<>();
    private int size;
    private Stopwatch since = Stopwatch.started();

    void add(Keys typed) {
        if (keys.isEmpty()) {
            since = Stopwatch.started();
        }
        if (size + typed.bytes().length <= MOST) {
            keys.add(typed);
            size += typed.bytes().length;
        }
    }

    /** Takes out those of {@code epoch}, if they are not from too long ago. */
    List<Keys> take(long epoch) {
        var taken =
                since.elapsed().compareTo(MOMENT) > 0
                        ? List.<Keys>of()
                        : keys.stream().filter(one -> one.epoch() == epoch).toList();
        keys.clear();
        size = 0;
        return taken;
    }
}
