package dev.muster.worker.run;

import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Report;
import dev.muster.protocol.message.Verdict;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The facts of one attempt, in order, from the first to the final one. They are few, so all are
 * kept until the attempt is over: whatever a coordinator lacks can be told again. Thread-safe.
 *
 * <p>INVARIANT: at most one report of it is on its way; while it waits for that or for its turn,
 * {@code underWay} is true.
 */
final class Outbox {

    /** What is to be done with an outbox after a verdict. */
    enum Next {
        /** More to tell: its turn again. */
        AGAIN,
        /** All told so far. */
        REST,
        /** The final fact was taken. */
        DONE,
        /** The lease is gone. */
        STALE
    }

    private final LeaseRef lease;
    private final List<Fact> facts = new ArrayList<>();
    private int taken;
    private boolean underWay;
    private boolean closed;
    private boolean discarded;

    Outbox(LeaseRef lease) {
        this.lease = lease;
    }

    LeaseRef lease() {
        return lease;
    }

    /** Adds a fact; returns whether the outbox must now wait for its turn. */
    synchronized boolean add(Fact fact) {
        if (closed) {
            return false;
        }
        facts.add(fact);
        closed = fact.isFinal();
        return turn();
    }

    /** Nothing is told any more. */
    synchronized void discard() {
        closed = true;
        discarded = true;
        taken = facts.size();
    }

    /**
     * Waits until all that was added by now is taken. What was discarded never is: whoever discards
     * it interrupts the attempt as well.
     */
    synchronized void awaitTaken() throws InterruptedException {
        int wanted = facts.size();
        while (taken < wanted || discarded) {
            wait();
        }
    }

    /** Whether the final fact was added, or none may be any more. */
    synchronized boolean isClosed() {
        return closed;
    }

    private boolean turn() {
        if (underWay || taken == facts.size()) {
            return false;
        }
        underWay = true;
        return true;
    }

    /**
     * All that was not taken yet, up to {@code most} bytes or so; empty when discarded meanwhile.
     */
    synchronized Optional<Report> next(int most) {
        int bytes = 0;
        int end = taken;
        while (end < facts.size()) {
            bytes += sizeOf(facts.get(end));
            int many = end - taken;
            if ((many > 0 && bytes > most) || many == Report.MOST_FACTS) {
                break;
            }
            end++;
        }
        if (end == taken) {
            underWay = false;
            return Optional.empty();
        }
        return Optional.of(new Report(lease, taken + 1, facts.subList(taken, end)));
    }

    synchronized Next settle(Report sent, Verdict verdict) {
        underWay = false;
        switch (verdict) {
            case ACCEPTED -> {
                taken = Math.max(taken, sent.last());
                notifyAll();
            }
            case GAP -> {
                // it does not say from where, and skips what it has
                taken = sent.first() == 1 ? taken : 0;
            }
            case STALE -> {
                discard();
                return Next.STALE;
            }
        }
        if (turn()) {
            return Next.AGAIN;
        }
        return closed ? Next.DONE : Next.REST;
    }

    /** About how many bytes a report is in JSON, rather more than less. */
    static int sizeOf(Report report) {
        return 100 + report.facts().stream().mapToInt(Outbox::sizeOf).sum();
    }

    private static int sizeOf(Fact fact) {
        var text =
                switch (fact) {
                    case Fact.GateOpened(_, _, var name, var branch) -> name + branch;
                    case Fact.StageStarted(_, _, var name, var branch, _) -> name + branch;
                    case Fact.StageEnded(_, _, var name, _, _, _, _) -> name;
                    case Fact.AgentAsked(_, _, var name, var message) -> name + message;
                    case Fact.Succeeded _ -> "";
                    case Fact.Failed(_, _, var detail, _) -> detail;
                };
        // a character may take six bytes when escaped; work is a branch, two hashes and numbers
        return 600 + 6 * text.length();
    }
}
