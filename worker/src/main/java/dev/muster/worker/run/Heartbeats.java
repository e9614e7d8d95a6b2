package dev.muster.worker.run;

import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.Heartbeat;
import dev.muster.protocol.message.HeartbeatAnswer;
import dev.muster.protocol.message.Load;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.wire.Wire;
import dev.muster.worker.link.Contact;
import dev.muster.worker.link.LinkFailure;
import dev.muster.worker.time.Background;
import dev.muster.worker.time.Time;
import dev.muster.worker.time.Wakeup;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Says that the machine is alive, on a thread of its own, so that it never waits behind anything. A
 * beat that stays unanswered is followed by the next at once: an attempt that was just granted ends
 * if nobody says in time that it may go on. Several times as long as between two beats without any
 * answer, also to anything else, mean that the link is dead, whatever it says.
 */
final class Heartbeats implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Heartbeats.class);

    private static final Duration UNTIL_TOLD = Duration.ofSeconds(5);
    private static final Duration SHORTEST = Duration.ofMillis(50);
    private static final double JITTER = 0.2;

    /** An answer that takes longer was lost, as a rule, and the next beat is not late for it. */
    private static final Duration LONGEST_WAIT = Duration.ofMillis(2_500);

    /** A beat that was lost is made up for after this part of the time between two. */
    private static final int HASTE = 10;

    /** After so many times between two beats without an answer the link is not trusted any more. */
    private static final int MOST_UNANSWERED = 6;

    private final Contact contact;
    private final Self self;
    private final Time time;
    private final Attempts attempts;
    private final SelfFence fence;
    private final Supplier<Load> load;
    private final Consumer<ToWorker.OpenTerminal> terminals;
    private final Wakeup due = new Wakeup();
    private final Background loop;

    private volatile Duration every = UNTIL_TOLD;
    // only the loop's thread touches these
    private boolean isSilent;
    private long silentSince;

    Heartbeats(
            Contact contact,
            Self self,
            Time time,
            Attempts attempts,
            SelfFence fence,
            Supplier<Load> load,
            Consumer<ToWorker.OpenTerminal> terminals) {
        this.contact = contact;
        this.self = self;
        this.time = time;
        this.attempts = attempts;
        this.fence = fence;
        this.load = load;
        this.terminals = terminals;
        this.loop = Background.start("heartbeat", this::run);
    }

    /** The coordinator told how often, and hears the first one now. */
    void every(Duration interval) {
        every = interval.compareTo(SHORTEST) < 0 ? SHORTEST : interval;
        due.poke();
    }

    private void run() throws InterruptedException {
        while (true) {
            due.await(isSilent ? every.dividedBy(HASTE) : time.jittered(every, JITTER));
            try {
                beat();
            } catch (RuntimeException e) {
                log.error("heartbeat failed, will try again", e);
            }
        }
    }

    private void beat() throws InterruptedException {
        var waiting = attempts.waiting();
        var held = attempts.held();
        var message =
                new Heartbeat(
                        Wire.VERSION,
                        self.machine(),
                        self.boot(),
                        load.get(),
                        held,
                        attempts.finished(held),
                        waiting.isEmpty() ? null : waiting,
                        attempts.pause());
        long asked = time.nanos();
        try {
            var answer =
                    contact.ask(Addresses.HEARTBEAT, message, HeartbeatAnswer.class, longestWait());
            isSilent = false;
            answer.stop().forEach(attempts::revoke);
            fence.kept(answer.kept(), asked);
            if (answer.answers() != null) {
                answer.answers().forEach(attempts::answer);
            }
            if (answer.terminals() != null) {
                answer.terminals().forEach(this::obey);
            }
        } catch (LinkFailure e) {
            log.debug("heartbeat without an answer", e);
            if (e.kind() == LinkFailure.Kind.UNANSWERED) {
                unanswered(asked);
            } else {
                isSilent = false;
            }
        }
    }

    private void unanswered(long asked) {
        if (!isSilent) {
            isSilent = true;
            silentSince = asked;
        }
        if (time.nanos() - silentSince >= every.multipliedBy(MOST_UNANSWERED).toNanos()) {
            if (!contact.isHeardSince(silentSince)) {
                contact.distrust();
            }
            silentSince = time.nanos();
        }
    }

    /** A terminal is served for as long as it is connected. */
    private void obey(ToWorker.OpenTerminal order) {
        Thread.ofVirtual().name("order").start(() -> terminals.accept(order));
    }

    private Duration longestWait() {
        return Collections.min(List.of(every, contact.patience(), LONGEST_WAIT));
    }

    @Override
    public void close() {
        loop.close();
    }
}
