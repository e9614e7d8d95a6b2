package dev.muster.worker.run;

import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.worker.time.Time;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;

/** One attempt on its virtual thread, from its arrival until nothing of it runs any more. */
final class AttemptRun implements RunContext {

    private static final Logger log = LoggerFactory.getLogger(AttemptRun.class);

    private enum Stop {
        NONE,
        /** The daemon ends; the attempt fails. */
        DAEMON,
        /** The lease is gone; there is nobody to tell. */
        REVOKED
    }

    /**
     * What a person is asked now.
     *
     * @param answer takes the first one
     */
    private record Question(int stage, BlockingQueue<String> answer) {}

    private final Assignment assignment;
    private final Runner runner;
    private final Time time;
    private final Consumer<Outbox> ready;
    private final Attempts attempts;
    private final Outbox outbox;
    private final long arrivedNanos;
    private final Thread thread;

    // guarded by this, with the interrupt: a thread is never interrupted after its run returned
    private Stop stop = Stop.NONE;
    private boolean over;
    // guarded by this
    private @Nullable Question question;
    // guarded by this
    private @Nullable Duration grace;

    AttemptRun(
            Assignment assignment,
            Runner runner,
            Time time,
            Consumer<Outbox> ready,
            Attempts attempts) {
        this.assignment = assignment;
        this.runner = runner;
        this.time = time;
        this.ready = ready;
        this.attempts = attempts;
        this.outbox = new Outbox(assignment.lease());
        this.arrivedNanos = time.nanos();
        this.thread =
                Thread.ofVirtual()
                        .name("attempt-" + assignment.lease().task())
                        .unstarted(
                                () -> {
                                    try {
                                        run();
                                    } finally {
                                        attempts.over(this);
                                    }
                                });
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            runner.run(assignment, this);
            if (isOver() == Stop.NONE && !outbox.isClosed()) {
                fail("worker_error", "The worker ended the attempt without an outcome.");
            }
        } catch (InterruptedException _) {
            isOver();
        } catch (RuntimeException | Error e) {
            log.error("attempt ended by a bug {}", lease(), e);
            isOver();
            fail("worker_error", "The worker failed: " + e);
        }
        if (stopped() == Stop.DAEMON) {
            fail("worker_stopped", "The worker was stopped while the attempt ran.");
        }
    }

    private synchronized Stop isOver() {
        over = true;
        return stop;
    }

    private synchronized Stop stopped() {
        return stop;
    }

    private void fail(String reason, String detail) {
        var shortened = detail.length() > 2_000 ? detail.substring(0, 2_000) : detail;
        report(new Fact.Failed(elapsedMillis(), reason, shortened, null));
    }

    /** The daemon ends, so the attempt does. */
    void stopForDaemon() {
        stop(Stop.DAEMON);
    }

    /** The lease is gone: the attempt ends and nothing more is told. */
    void revoke() {
        outbox.discard();
        stop(Stop.REVOKED);
    }

    /** The same, with no more than {@code most} for what is asked to end. */
    void revoke(Duration most) {
        synchronized (this) {
            grace = most;
        }
        revoke();
    }

    @Override
    public synchronized Optional<Duration> mostGrace() {
        return Optional.ofNullable(grace);
    }

    private synchronized void stop(Stop why) {
        var interrupts = stop == Stop.NONE && !over;
        stop = stop == Stop.REVOKED ? stop : why;
        if (interrupts) {
            // once only: a second interrupt would cut short the ending of the processes
            thread.interrupt();
        }
    }

    @Override
    public LeaseRef lease() {
        return assignment.lease();
    }

    @Override
    public long elapsedMillis() {
        return (time.nanos() - arrivedNanos) / 1_000_000;
    }

    @Override
    public void report(Fact fact) {
        if (outbox.add(fact)) {
            ready.accept(outbox);
        }
    }

    @Override
    public void finished() {
        attempts.finished(this);
    }

    @Override
    public void pause(Duration duration) throws InterruptedException {
        time.sleep(duration);
    }

    @Override
    public String ask(Fact.GateOpened opened) throws InterruptedException {
        // before anybody is asked, or an answer could find nobody
        var asked = new Question(opened.stage(), new ArrayBlockingQueue<>(1));
        question(asked);
        attempts.waits(this, opened.stage());
        try {
            report(opened);
            log.info("attempt waits at a gate {} stage={}", lease(), opened.stage());
            var result = asked.answer().take();
            log.info("gate answered {} stage={}", lease(), opened.stage());
            return result;
        } finally {
            attempts.goesOn(this);
            question(null);
        }
    }

    private synchronized void question(@Nullable Question asked) {
        question = asked;
    }

    /** Somebody answered at the gate of a stage. Nothing if that is not what is asked now. */
    synchronized void answered(int stage, String result) {
        if (question != null && question.stage() == stage) {
            // the same answer may come twice, by an order and by a heartbeat
            var _ = question.answer().offer(result);
        }
    }

    @Override
    public void begin(Fact.StageStarted first) throws InterruptedException {
        report(first);
        outbox.awaitTaken();
    }

    @Override
    public synchronized boolean isRevoked() {
        return stop == Stop.REVOKED;
    }

    @Override
    public void leaseIsGone() {
        attempts.revoke(lease());
    }
}
