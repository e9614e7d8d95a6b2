package dev.muster.worker.run;

import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.LateAppend;
import dev.muster.protocol.message.LateAppended;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.wire.Wire;
import dev.muster.worker.journal.Journal;
import dev.muster.worker.journal.Journals;
import dev.muster.worker.link.Contact;
import dev.muster.worker.link.LinkFailure;
import dev.muster.worker.time.Backoff;
import dev.muster.worker.time.Time;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What is left of journals whose attempts are over, on its way to be kept beside their logs: what
 * was not sent before a lease was gone, and what a former daemon left behind. One piece of all of
 * them at a time, and then nothing for as long as that took, so that it is never much in the way of
 * what runs. A journal is deleted once the coordinator has it, or wants nothing of it, or when
 * nobody took it for {@link #LONGEST_KEPT}; whatever ends the daemon before, the next one goes on.
 * Thread-safe.
 */
public final class LateLogs implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(LateLogs.class);

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
    private static final Duration LONGEST_REST = Duration.ofSeconds(2);

    /** A coordinator that has never heard of late logs may be replaced by one that has. */
    private static final Duration LONGEST_KEPT = Duration.ofDays(7);

    private static final Duration CLOSE = Duration.ofSeconds(10);

    private final Contact contact;
    private final Self self;
    private final Time time;
    private final Journals journals;
    // held by who sends a piece, and while it rests after that
    private final ReentrantLock turn = new ReentrantLock(true);
    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("late-log-", 0).factory());

    public LateLogs(Contact contact, Self self, Time time, Journals journals) {
        this.contact = contact;
        this.self = self;
        this.time = time;
        this.journals = journals;
    }

    /** Takes over the journal of an attempt, which nobody else has open, and returns at once. */
    public void take(LeaseRef lease) {
        try {
            threads.execute(() -> sendQuietly(lease));
        } catch (RejectedExecutionException _) {
            // the daemon ends, and the next one finds it
        }
    }

    private void sendQuietly(LeaseRef lease) {
        try (var journal = journals.reopen(lease)) {
            send(journal);
        } catch (InterruptedException | ClosedByInterruptException _) {
            // the same
        } catch (IOException | RuntimeException e) {
            log.error("late log could not be sent {}", lease, e);
        }
    }

    private void send(Journal journal) throws InterruptedException, IOException {
        var backoff = new Backoff(time, FIRST_PAUSE, LONGEST_PAUSE);
        long from = journal.acknowledged();
        while (from < journal.size()) {
            long next = next(journal, from);
            if (next == from) {
                if (journal.lastWritten().isBefore(time.now().minus(LONGEST_KEPT))) {
                    log.warn("late log given up, nobody took it {}", journal.lease());
                    break;
                }
                backoff.pause();
            } else if (next < journal.start()) {
                log.error("coordinator lacks what is gone here {}", journal.lease());
                break;
            } else {
                backoff.reset();
                journal.acknowledge(Math.min(next, journal.size()));
            }
            from = next;
        }
        journal.delete();
    }

    /** Sends what follows; says from where to go on, which is there if nobody took it. */
    private long next(Journal journal, long from) throws InterruptedException, IOException {
        var stretch = journal.peek(from, LateAppend.MOST_BYTES).orElseThrow();
        var piece =
                new LateAppend(
                        Wire.VERSION,
                        self.machine(),
                        self.boot(),
                        journal.lease(),
                        from,
                        stretch.bytes());
        try {
            var answer = sendInTurn(piece);
            return switch (answer.answer()) {
                case ACCEPTED, GAP -> answer.stored();
                case ALIVE -> from;
                case FULL, REFUSED -> {
                    log.info(
                            "rest of late log not wanted {} why={}",
                            journal.lease(),
                            answer.answer());
                    yield journal.size();
                }
            };
        } catch (LinkFailure e) {
            log.debug("late log not taken, will try again {}", journal.lease(), e);
            return from;
        }
    }

    private LateAppended sendInTurn(LateAppend piece) throws InterruptedException, LinkFailure {
        while (!contact.awaitConnected(LONGEST_PAUSE)) {
            log.debug("late log waits for contact {}", piece.lease());
        }
        turn.lockInterruptibly();
        try {
            long began = time.nanos();
            var answer =
                    contact.ask(
                            Addresses.APPEND_LATE, piece, LateAppended.class, contact.patience());
            var took = Duration.ofNanos(time.nanos() - began);
            time.sleep(took.compareTo(LONGEST_REST) < 0 ? took : LONGEST_REST);
            return answer;
        } finally {
            turn.unlock();
        }
    }

    /** Stops sending. What was not sent stays on disk. */
    @Override
    public void close() {
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(CLOSE.toSeconds(), TimeUnit.SECONDS)) {
                log.warn("late logs did not end in time");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
