package dev.muster.protocol.message;

import java.util.List;

/**
 * What happened in one attempt since its last report. The coordinator takes those facts it does not
 * have, so a repeat changes nothing.
 *
 * <p>A report that cannot be true is refused here: an attempt begins with the start of a stage or
 * with its failure, and nothing follows its end.
 *
 * @param first the number of the first fact here; they count from 1 within the attempt
 * @param facts at most {@value #MOST_FACTS}
 */
public record Report(LeaseRef lease, int first, List<Fact> facts) {

    /** How many facts one report may tell. */
    public static final int MOST_FACTS = 1000;

    private static final int LARGEST_NUMBER = 1_000_000;

    public Report {
        facts = List.copyOf(facts);
        if (first < 1 || first > LARGEST_NUMBER || facts.isEmpty() || facts.size() > MOST_FACTS) {
            throw new IllegalArgumentException(
                    "a report tells 1 to " + MOST_FACTS + " facts, numbered from 1");
        }
        if (first == 1 && !facts.getFirst().mayBegin()) {
            throw new IllegalArgumentException("no attempt begins with " + kind(facts.getFirst()));
        }
        for (var fact : facts.subList(0, facts.size() - 1)) {
            if (fact.isFinal()) {
                throw new IllegalArgumentException("nothing follows " + kind(fact));
            }
        }
    }

    private static String kind(Fact fact) {
        return fact.getClass().getSimpleName();
    }

    /** What it tells beyond the attempt's first {@code known} facts, some of which are here. */
    public Report after(int known) {
        return new Report(lease, known + 1, facts.subList(known + 1 - first, facts.size()));
    }

    /** The number of the last fact here. */
    public int last() {
        return first + facts.size() - 1;
    }
}
