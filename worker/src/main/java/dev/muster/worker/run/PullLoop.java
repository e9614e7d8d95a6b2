package dev.muster.worker.run;

import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.Pull;
import dev.muster.protocol.message.Pulled;
import dev.muster.protocol.wire.Wire;
import dev.muster.worker.link.Contact;
import dev.muster.worker.link.LinkFailure;
import dev.muster.worker.time.Time;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Asks for as many attempts as there are free slots, all the time. A pull is parked at a
 * coordinator while nothing waits; a slot that frees meanwhile is asked for by a pull of its own.
 */
final class PullLoop implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(PullLoop.class);

    private static final Duration AFTER_REFUSAL = Duration.ofSeconds(5);

    /**
     * How many pulls are open at once. More would not bring work sooner: while this many are parked
     * there is none, and the next that returns asks for all slots that freed meanwhile.
     */
    private static final int MOST_OPEN = 4;

    private final Contact contact;
    private final Self self;
    private final Time time;
    private final Attempts attempts;
    private final SelfFence fence;
    private final Function<Assignment, AttemptRun> arrival;
    private final Supplier<List<String>> mirrors;

    // guarded by this
    private final Set<Thread> open = new HashSet<>();
    private boolean closed;

    PullLoop(
            Contact contact,
            Self self,
            Time time,
            Attempts attempts,
            SelfFence fence,
            Function<Assignment, AttemptRun> arrival,
            Supplier<List<String>> mirrors) {
        this.contact = contact;
        this.self = self;
        this.time = time;
        this.attempts = attempts;
        this.fence = fence;
        this.arrival = arrival;
        this.mirrors = mirrors;
    }

    /** A slot may have become free. */
    synchronized void poke() {
        if (closed || open.size() >= MOST_OPEN) {
            return;
        }
        int credit = attempts.promise();
        if (credit > 0) {
            var thread = Thread.ofVirtual().name("pull").unstarted(() -> pullFrom(credit));
            open.add(thread);
            thread.start();
        }
    }

    private void pullFrom(int firstCredit) {
        try {
            for (int credit = firstCredit; credit > 0; credit = next()) {
                pull(credit);
            }
        } catch (InterruptedException _) {
            // closed
        } catch (RuntimeException e) {
            log.error("pull ended by a bug", e);
        } finally {
            leave();
        }
    }

    /** In one step with the leaving, or a slot that frees in between would find no taker. */
    private synchronized int next() {
        int credit = closed ? 0 : attempts.promise();
        if (credit == 0) {
            leave();
        }
        return credit;
    }

    private synchronized void leave() {
        open.remove(Thread.currentThread());
    }

    private void pull(int credit) throws InterruptedException {
        var poll = time.newId();
        List<AttemptRun> arrived = List.of();
        try {
            var pulled =
                    contact.insist(
                            Addresses.PULL,
                            go -> pullOf(poll, credit, go > 1),
                            Pulled.class,
                            parked());
            arrived = pulled.assignments().stream().limit(credit).map(arrival).toList();
        } catch (LinkFailure e) {
            log.error("pull refused why={}", e.getMessage());
            time.sleep(AFTER_REFUSAL);
        } finally {
            for (var run : attempts.settle(credit, arrived)) {
                fence.arrived(run.lease());
                run.start();
            }
        }
    }

    /** A lost answer is missed after all of it; shorter ones would come in vain more often. */
    private Duration parked() {
        return contact.patience().multipliedBy(2);
    }

    private Pull pullOf(UUID poll, int credit, boolean again) {
        return new Pull(
                Wire.VERSION,
                self.machine(),
                self.boot(),
                poll,
                credit,
                self.capabilities(),
                parked().toMillis(),
                again,
                mirrors.get());
    }

    /** Asks for nothing more. What a coordinator grants to a pull still open runs out unused. */
    @Override
    public synchronized void close() {
        closed = true;
        open.forEach(Thread::interrupt);
    }
}
