package dev.muster.worker.run;

import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.Report;
import dev.muster.protocol.message.Reported;
import dev.muster.protocol.message.Reports;
import dev.muster.protocol.message.Verdict;
import dev.muster.protocol.wire.Wire;
import dev.muster.worker.link.Contact;
import dev.muster.worker.link.LinkFailure;
import dev.muster.worker.time.Background;
import dev.muster.worker.time.Backoff;
import dev.muster.worker.time.Time;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/**
 * Reports on their way up. Two senders take whatever waits, so a fact leaves at once when a sender
 * is free, and facts gather into one message while both are busy.
 */
final class Uplink implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Uplink.class);

    private static final int SENDERS = 2;
    private static final int MOST_BYTES = Wire.LARGEST_MESSAGE / 2;

    private final Contact contact;
    private final Self self;
    private final Time time;
    private final Attempts attempts;
    private final SelfFence fence;
    // bounded by the attempts that are held: each is in here at most once
    private final BlockingQueue<Outbox> waiting = new LinkedBlockingQueue<>();
    private final List<Background> senders;

    Uplink(Contact contact, Self self, Time time, Attempts attempts, SelfFence fence) {
        this.contact = contact;
        this.self = self;
        this.time = time;
        this.attempts = attempts;
        this.fence = fence;
        this.senders =
                IntStream.range(0, SENDERS)
                        .mapToObj(n -> Background.start("reports-" + n, this::send))
                        .toList();
    }

    /** The outbox has something to tell. */
    void ready(Outbox outbox) {
        waiting.add(outbox);
    }

    private void send() throws InterruptedException {
        while (true) {
            var boxes = new ArrayList<Outbox>();
            var reports = new ArrayList<Report>();
            gather(waiting.take(), boxes, reports);
            if (!reports.isEmpty()) {
                deliver(boxes, reports);
            }
        }
    }

    private void gather(Outbox first, List<Outbox> boxes, List<Report> reports) {
        int bytes = 0;
        for (var box = first; box != null; ) {
            var report = box.next(MOST_BYTES - bytes);
            if (report.isPresent()) {
                boxes.add(box);
                reports.add(report.get());
                bytes += Outbox.sizeOf(report.get());
            }
            box = reports.size() < Reports.MOST && bytes < MOST_BYTES ? waiting.poll() : null;
        }
    }

    private void deliver(List<Outbox> boxes, List<Report> reports) throws InterruptedException {
        var message = new Reports(Wire.VERSION, self.machine(), self.boot(), reports);
        var backoff = new Backoff(time, Duration.ofMillis(50), Duration.ofSeconds(5));
        try {
            while (true) {
                var sent = new AtomicLong();
                var reported =
                        contact.insist(
                                Addresses.REPORT,
                                _ -> {
                                    sent.set(time.nanos());
                                    return message;
                                },
                                Reported.class,
                                Duration.ZERO);
                var verdicts = reported.verdicts();
                if (verdicts.size() == reports.size()) {
                    fence.kept(reported.kept(), sent.get());
                    settle(boxes, reports, verdicts);
                    return;
                }
                log.error("reports answered with {} of {} verdicts", verdicts.size(), boxes.size());
                backoff.pause();
            }
        } catch (LinkFailure e) {
            refused(boxes, reports, e);
        }
    }

    private void settle(List<Outbox> boxes, List<Report> reports, List<Verdict> verdicts) {
        for (int i = 0; i < boxes.size(); i++) {
            var box = boxes.get(i);
            switch (box.settle(reports.get(i), verdicts.get(i))) {
                case AGAIN -> ready(box);
                case REST -> {}
                case DONE -> attempts.told(box.lease());
                case STALE -> attempts.revoke(box.lease());
            }
        }
    }

    /** One report nobody understands must not hold up the others: each goes alone, once. */
    private void refused(List<Outbox> boxes, List<Report> reports, LinkFailure failure)
            throws InterruptedException {
        if (failure.kind() == LinkFailure.Kind.REPLACED) {
            return; // the daemon is ending, and has nothing to say
        }
        if (reports.size() > 1) {
            for (int i = 0; i < reports.size(); i++) {
                deliver(List.of(boxes.get(i)), List.of(reports.get(i)));
            }
            return;
        }
        log.error("report refused as invalid, attempt given up {}", boxes.get(0).lease(), failure);
        attempts.revoke(boxes.get(0).lease());
    }

    @Override
    public void close() {
        senders.forEach(Background::close);
    }
}
