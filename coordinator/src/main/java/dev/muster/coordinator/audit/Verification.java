package dev.muster.coordinator.audit;

import dev.muster.coordinator.audit.Entry.Sealed;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * Walks the whole chain and names the first entry that is not what was sealed, and how. Reads only;
 * the log may grow meanwhile.
 */
final class Verification {

    private static final int PAGE = 1000;

    /** The log, in order of seq. */
    @FunctionalInterface
    interface Log {
        /** At most {@code most} entries after {@code seq}; none at the end. */
        List<Sealed> after(long seq, int most);
    }

    private final Chain chain;
    private final Log log;
    private final Map<Long, Set<String>> witnessed = new HashMap<>();
    private long lastWitnessed;

    /**
     * @param heads what was seen of the chain before, and kept elsewhere
     */
    Verification(Chain chain, Log log, Collection<Head> heads) {
        this.chain = chain;
        this.log = log;
        for (var head : heads) {
            witnessed.computeIfAbsent(head.seq(), _ -> new HashSet<>()).add(head.mac());
        }
    }

    /**
     * @param progress hears now and then up to which entry all is well
     */
    Finding run(LongConsumer progress) {
        var previous = Head.BEGINNING;
        // from the very first row, whatever number somebody gave it
        var page = log.after(Long.MIN_VALUE, PAGE);
        while (!page.isEmpty()) {
            for (var one : page) {
                var fault = faultOf(previous, one);
                if (fault != null) {
                    return new Finding(previous, Optional.of(fault));
                }
                previous = one.seal();
            }
            progress.accept(previous.seq());
            page = log.after(previous.seq(), PAGE);
        }
        return new Finding(previous, Optional.ofNullable(missingAfter(previous.seq())));
    }

    private @Nullable Fault faultOf(Head previous, Sealed one) {
        long expected = previous.seq() + 1;
        long seq = one.seal().seq();
        if (seq > expected) {
            var gone = seq - 1 == expected ? "Entry " + expected : expected + " to " + (seq - 1);
            return new Fault(expected, Fault.How.DELETED, gone + ": deleted.");
        }
        if (seq < expected) {
            return new Fault(seq, Fault.How.FORGED, "A second entry has the number " + seq + ".");
        }
        if (!chain.next(previous, one.entry()).equals(one.seal())) {
            return broken(one);
        }
        return contradicted(one.seal());
    }

    /** What was seen of this entry once must still be so. */
    private @Nullable Fault contradicted(Head seal) {
        var seen = witnessed.getOrDefault(seal.seq(), Set.of());
        for (var mac : seen) {
            if (!mac.equals(seal.mac())) {
                return new Fault(
                        seal.seq(),
                        Fault.How.TRUNCATED,
                        "Entry %d is not the one that was there before: the log was cut off somewhere after entry %d, and grew anew."
                                .formatted(seal.seq(), lastWitnessed));
            }
        }
        if (!seen.isEmpty()) {
            lastWitnessed = seal.seq();
        }
        return null;
    }

    private @Nullable Fault missingAfter(long last) {
        long newest = witnessed.keySet().stream().mapToLong(Long::longValue).max().orElse(0);
        if (newest <= last) {
            return null;
        }
        return new Fault(
                last + 1,
                Fault.How.TRUNCATED,
                "From entry %d on all are missing, up to %d at least: the log was cut off."
                        .formatted(last + 1, newest));
    }

    /** Of an entry that its seal does not fit. */
    private Fault broken(Sealed one) {
        long seq = one.seal().seq();
        long home = homeOf(one);
        if (home > 0) {
            return new Fault(
                    seq,
                    Fault.How.REORDERED,
                    "Entry %d was sealed as entry %d: the order was changed.".formatted(seq, home));
        }
        if (isGenuine(one.seal())) {
            return new Fault(
                    seq,
                    Fault.How.EDITED,
                    "Entry %d does not say what it said when it was sealed: it was edited."
                            .formatted(seq));
        }
        return new Fault(
                seq,
                Fault.How.FORGED,
                "Entry %d has no seal of this master key: it was put there or rewritten with its seal, or the key is another's."
                        .formatted(seq));
    }

    /** The place that an entry was sealed for, if that was another one; 0 if none is found. */
    private long homeOf(Sealed moved) {
        var before = Head.BEGINNING;
        var page = log.after(Long.MIN_VALUE, PAGE);
        while (!page.isEmpty()) {
            for (var one : page) {
                // it took its seal along, or it lies under another's: then that one lies here
                var asNext = chain.next(before, moved.entry());
                if (asNext.seq() != moved.seal().seq()
                        && (asNext.mac().equals(moved.seal().mac()) || asNext.equals(one.seal()))) {
                    return asNext.seq();
                }
                // its former neighbour was moved to where it came from
                var swapped =
                        chain.next(new Head(one.seal().seq() - 1, one.seal().mac()), moved.entry());
                if (swapped.mac().equals(moved.seal().mac())) {
                    return swapped.seq();
                }
                before = one.seal();
            }
            page = log.after(before.seq(), PAGE);
        }
        return 0;
    }

    /** Whether the entry after it, or what was seen before, vouches for a seal. */
    private boolean isGenuine(Head seal) {
        if (witnessed.getOrDefault(seal.seq(), Set.of()).contains(seal.mac())) {
            return true;
        }
        var following = log.after(seal.seq(), 1);
        return !following.isEmpty()
                && chain.next(seal, following.getFirst().entry())
                        .equals(following.getFirst().seal());
    }
}
