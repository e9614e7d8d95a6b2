package dev.muster.worker.run;

import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.Append;
import dev.muster.protocol.message.Appended;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.wire.Wire;
import dev.muster.worker.journal.Journal;
import dev.muster.worker.journal.Stretch;
import dev.muster.worker.link.Contact;
import dev.muster.worker.link.LinkFailure;
import dev.muster.worker.time.Background;
import dev.muster.worker.time.Time;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The log of one attempt on its way from its journal to the coordinator: one stretch at a time, the
 * next from where the coordinator says it is. What is printed meanwhile gathers in the journal, and
 * goes as one: a slow line costs time once, however often the program printed.
 */
final class LogUplink implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(LogUplink.class);

    /**
     * The coordinator stores every stretch by itself, so one who types, or a program that prints a
     * word at a time, would cost it a transaction each. What follows within this goes as one.
     */
    private static final Duration PACE = Duration.ofMillis(50);

    private final Contact contact;
    private final Self self;
    private final Time time;
    private final Consumer<LeaseRef> onGone;
    private final Consumer<LeaseRef> onLeft;
    private final Semaphore news = new Semaphore(0);
    private final CountDownLatch over = new CountDownLatch(1);
    private final Journal journal;
    private final Background sender;
    private volatile boolean pacing;

    /**
     * Sends whatever {@code journals} makes one for.
     *
     * @param source makes the journal, given what to call after each append
     * @param onGone hears that the lease is gone
     * @param onLeft gets the closed journal of which not everything was sent
     */
    LogUplink(
            Contact contact,
            Self self,
            Time time,
            Source source,
            Consumer<LeaseRef> onGone,
            Consumer<LeaseRef> onLeft)
            throws IOException {
        this.contact = contact;
        this.self = self;
        this.time = time;
        this.onGone = onGone;
        this.onLeft = onLeft;
        this.journal = source.journal(this::appended);
        this.sender = Background.start("log-" + journal.lease().task(), this::run);
    }

    /** Where the journal comes from. */
    @FunctionalInterface
    interface Source {
        Journal journal(Runnable appended) throws IOException;
    }

    Journal journal() {
        return journal;
    }

    private void run() throws InterruptedException {
        long next = time.nanos();
        try {
            while (!journal.isDrained()) {
                // set before it is looked, so that nothing is printed unheard in between
                pacing = false;
                if (journal.size() == journal.acknowledged()) {
                    news.acquire();
                    continue;
                }
                pacing = true;
                long early = next - time.nanos();
                if (early > 0 && gathers()) {
                    var _ = news.tryAcquire(early, TimeUnit.NANOSECONDS);
                } else {
                    news.drainPermits();
                    next = time.nanos() + PACE.toNanos();
                    if (!sendNext()) {
                        return;
                    }
                }
            }
        } catch (IOException e) {
            log.error("log could not be read {}", journal.lease(), e);
        } finally {
            over.countDown();
        }
    }

    private void appended() {
        // whoever prints does not wake a sender that would wait on
        if (!pacing || !gathers()) {
            news.release();
        }
    }

    /** Whether more can come that would go together with what waits. */
    private boolean gathers() {
        return !journal.isFinished() && journal.size() - journal.acknowledged() < Append.MOST_BYTES;
    }

    /** Whether there is a reason to go on. */
    private boolean sendNext() throws InterruptedException, IOException {
        var stretch = journal.peek(journal.acknowledged(), Append.MOST_BYTES);
        return stretch.isEmpty() || send(stretch.get());
    }

    private boolean send(Stretch stretch) throws InterruptedException, IOException {
        var append =
                new Append(
                        Wire.VERSION,
                        self.machine(),
                        self.boot(),
                        journal.lease(),
                        stretch.offset(),
                        stretch.atMillis(),
                        stretch.bytes(),
                        stretch.moments().isEmpty() ? null : stretch.moments());
        try {
            var answer = contact.insist(Addresses.APPEND, append, Appended.class);
            return switch (answer.verdict()) {
                case ACCEPTED, GAP -> isCredible(answer.stored(), stretch);
                case STALE -> {
                    onGone.accept(journal.lease());
                    yield false;
                }
            };
        } catch (LinkFailure e) {
            log.error("log refused {}", journal.lease(), e);
            return false;
        }
    }

    /** A late answer may tell less than is known already; less than that was never said. */
    private boolean isCredible(long stored, Stretch sent) throws IOException {
        if (stored < sent.offset() || stored > journal.size()) {
            log.error(
                    "coordinator has another log {} stored={} sent={}",
                    journal.lease(),
                    stored,
                    sent.offset());
            return false;
        }
        journal.acknowledge(stored);
        return true;
    }

    /** Nothing more will be printed; returns whether the coordinator has everything. */
    boolean drain() throws InterruptedException {
        finish();
        over.await();
        return journal.isDrained();
    }

    /** The same, but gives up after {@code atMost}. */
    boolean drain(Duration atMost) throws InterruptedException {
        finish();
        return over.await(atMost.toNanos(), TimeUnit.NANOSECONDS) && journal.isDrained();
    }

    private void finish() {
        journal.finish();
        news.release();
    }

    /** Stops sending. What was not sent is left. */
    @Override
    public void close() {
        sender.close();
        journal.finish();
        try {
            if (journal.isDrained()) {
                journal.delete();
                return;
            }
            journal.close();
        } catch (IOException e) {
            log.warn("journal stayed behind {} why={}", journal.lease(), e.toString());
            return;
        }
        onLeft.accept(journal.lease());
    }
}
