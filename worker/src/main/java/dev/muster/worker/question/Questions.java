package dev.muster.worker.question;

import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.question.Answered;
import dev.muster.protocol.question.Heard;
import dev.muster.protocol.question.Reply;
import dev.muster.protocol.wire.Wire;
import dev.muster.worker.link.Contact;
import dev.muster.worker.link.LinkFailure;
import dev.muster.worker.run.Self;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Takes questions and sends answers. Thread-safe; a question has the thread that brings it. */
public final class Questions implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Questions.class);

    private static final int MOST_AT_ONCE = 16;

    /** Each may be as large as a message; who asks gives up after seconds. */
    private static final int MOST_KEPT = 24;

    private final Contact contact;
    private final Self self;
    private final Respondent respondent;

    // guarded by this, all three
    private final Map<UUID, Reply> answered = new LinkedHashMap<>();
    private final Set<UUID> underWay = new HashSet<>();
    private final Set<Thread> threads = new HashSet<>();
    private boolean closed;

    public Questions(Contact contact, Self self, Respondent respondent) {
        this.contact = contact;
        this.self = self;
        this.respondent = respondent;
    }

    /** Answers, unless that is being done; blocks for as long as it takes. */
    public void take(ToWorker.Ask ask) {
        if (!enter()) {
            return;
        }
        try {
            var reply = reply(ask);
            if (reply.isPresent()) {
                tell(ask, reply.get());
            }
        } catch (InterruptedException _) {
            // the daemon ends
        } finally {
            leave();
        }
    }

    private synchronized boolean enter() {
        return !closed && threads.size() < 2 * MOST_AT_ONCE && threads.add(Thread.currentThread());
    }

    private synchronized void leave() {
        threads.remove(Thread.currentThread());
    }

    /** Empty if somebody else answers it, or too many are being answered. */
    private Optional<Reply> reply(ToWorker.Ask ask) throws InterruptedException {
        synchronized (this) {
            var known = answered.get(ask.id());
            if (known != null) {
                return Optional.of(known);
            }
            if (underWay.size() >= MOST_AT_ONCE || !underWay.add(ask.id())) {
                return Optional.empty();
            }
        }
        Reply reply = null;
        try {
            reply = answer(ask);
            return Optional.of(reply);
        } finally {
            settle(ask.id(), reply);
        }
    }

    private Reply answer(ToWorker.Ask ask) throws InterruptedException {
        try {
            return respondent.answer(ask.question());
        } catch (RuntimeException e) {
            log.error("question not answered for a bug question={}", ask.question(), e);
            return new Reply.Refused(Reply.Refusal.UNREADABLE, "The worker failed: " + e);
        }
    }

    private synchronized void settle(UUID id, @Nullable Reply reply) {
        underWay.remove(id);
        if (reply != null) {
            answered.put(id, reply);
        }
        while (answered.size() > MOST_KEPT) {
            answered.remove(answered.keySet().iterator().next());
        }
    }

    private void tell(ToWorker.Ask ask, Reply reply) throws InterruptedException {
        var message =
                new Answered(
                        Wire.VERSION, self.machine(), self.boot(), ask.id(), ask.asker(), reply);
        try {
            var _ = contact.ask(Addresses.ANSWER, message, Heard.class, contact.patience());
        } catch (LinkFailure e) {
            log.debug("answer not told, waiting to be asked again question={}", ask.id(), e);
        }
    }

    /** Answers no more; questions under way are broken off. */
    @Override
    public synchronized void close() {
        closed = true;
        threads.forEach(Thread::interrupt);
    }
}
