package dev.muster.coordinator.gateway;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** The connections of this coordinator, by machine. Thread-safe. */
final class Connections {

    private final int most;
    private final int perMachine;
    // guarded by this
    private final Map<UUID, Set<Connection>> byMachine = new HashMap<>();
    private int count;
    private boolean closed;

    /** What became of one that wants in. */
    enum Entry {
        ADMITTED,
        MACHINE_HAS_ENOUGH,
        FULL
    }

    Connections(int most, int perMachine) {
        this.most = most;
        this.perMachine = perMachine;
    }

    /** Whether one more of this machine would be let in now. */
    synchronized Entry room(UUID machine) {
        if (closed || count >= most) {
            return Entry.FULL;
        }
        var have = byMachine.getOrDefault(machine, Set.of()).size();
        return have >= perMachine ? Entry.MACHINE_HAS_ENOUGH : Entry.ADMITTED;
    }

    /** Takes it in if there is room. */
    synchronized Entry add(Connection connection) {
        var entry = room(connection.machine());
        if (entry == Entry.ADMITTED
                && byMachine
                        .computeIfAbsent(connection.machine(), _ -> new HashSet<>())
                        .add(connection)) {
            count++;
        }
        return entry;
    }

    synchronized void remove(Connection connection) {
        var ofMachine = byMachine.get(connection.machine());
        if (ofMachine != null && ofMachine.remove(connection)) {
            count--;
            if (ofMachine.isEmpty()) {
                byMachine.remove(connection.machine());
            }
        }
    }

    synchronized List<Connection> of(UUID machine) {
        return List.copyOf(byMachine.getOrDefault(machine, Set.of()));
    }

    synchronized int count() {
        return count;
    }

    /** Lets nobody in any more, and answers who is in. */
    synchronized List<Connection> close() {
        closed = true;
        var all = new ArrayList<Connection>();
        byMachine.values().forEach(all::addAll);
        return all;
    }
}
