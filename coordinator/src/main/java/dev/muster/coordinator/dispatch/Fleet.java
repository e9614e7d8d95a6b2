package dev.muster.coordinator.dispatch;

import dev.muster.coordinator.dispatch.rule.Eligibility;
import dev.muster.coordinator.time.Stopwatch;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * The machines that ask for work, read now and then rather than in every pass: a load is seconds
 * old anyway. What must never be outdated, such as who speaks for a machine, the grant itself looks
 * at again. For one thread.
 */
final class Fleet {

    private static final Duration FRESH = Duration.ofSeconds(1);

    private record Read(FleetStore.Known known, Stopwatch age, long pass) {}

    private final FleetStore store;
    private final Supplier<Eligibility> rules;
    private final Map<UUID, Read> reads = new HashMap<>();
    private long pass;

    Fleet(FleetStore store, Supplier<Eligibility> rules) {
        this.store = store;
        this.rules = rules;
    }

    /** The pulls whose machines may be given something now. */
    List<Candidate> open(List<OpenPull> pulls) {
        pass++;
        refresh(pulls);
        var now = rules.get();
        return pulls.stream()
                .filter(this::isOfPresentDaemon)
                .map(this::candidate)
                .filter(one -> !now.open(one.machine()).isEmpty())
                .toList();
    }

    /**
     * What was read of these did not hold: they are read anew.
     *
     * @return whether that can show anything else, since it was read in an earlier pass
     */
    boolean forget(Collection<UUID> machines) {
        boolean old = false;
        for (var machine : Set.copyOf(machines)) {
            var read = reads.remove(machine);
            old |= read != null && read.pass() < pass;
        }
        return old;
    }

    private void refresh(List<OpenPull> pulls) {
        reads.values().removeIf(read -> read.age().elapsed().compareTo(FRESH) >= 0);
        var unread = new HashSet<UUID>();
        pulls.stream()
                .filter(pull -> !isOfPresentDaemon(pull))
                .forEach(pull -> unread.add(pull.machine()));
        if (!unread.isEmpty()) {
            var age = Stopwatch.started();
            store.some(unread)
                    .forEach(one -> reads.put(one.machine().id(), new Read(one, age, pass)));
        }
    }

    /** As far as is known here. */
    private boolean isOfPresentDaemon(OpenPull pull) {
        var read = reads.get(pull.machine());
        return read != null && pull.boot().equals(read.known().boot());
    }

    private Candidate candidate(OpenPull pull) {
        var machine = reads.get(pull.machine()).known().machine();
        return new Candidate(pull, machine.asking(pull.capabilities(), pull.mirrors()));
    }
}
