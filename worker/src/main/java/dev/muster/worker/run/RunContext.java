package dev.muster.worker.run;

import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;

import java.time.Duration;
import java.util.Optional;

/** What a running attempt may say and know. Thread-safe. */
public interface RunContext {

    LeaseRef lease();

    /** Milliseconds since the attempt arrived, by a monotonic clock. */
    long elapsedMillis();

    /** Tells a fact: queued, numbered, repeated until it is taken. Returns at once. */
    void report(Fact fact);

    /**
     * Tells an attempt's first fact and waits until it is taken. Until then the coordinator may
     * give the task to another machine, so nothing of it may run.
     *
     * @throws InterruptedException if the attempt was stopped
     */
    void begin(Fact.StageStarted first) throws InterruptedException;

    /**
     * Nothing of the attempt runs any more and what came of it is known; the rest of its log and
     * the outcome wait to be told, for as long as that takes.
     */
    void finished();

    /** Waits; the end of the attempt interrupts it, as it does everything. */
    void pause(Duration duration) throws InterruptedException;

    /**
     * Tells that a gate is open and waits for the answer to it. Meanwhile the attempt takes no
     * slot; answered, it goes on at once, even beyond the slots.
     *
     * @throws InterruptedException if the attempt was stopped
     */
    String ask(Fact.GateOpened question) throws InterruptedException;

    /**
     * How long what is asked to end may take before it is killed, if not as long as usual: once the
     * attempt ends because its lease is about to be gone.
     */
    Optional<Duration> mostGrace();

    /** Whether the lease is gone: what is said now is not heard, what is kept is of no use. */
    boolean isRevoked();

    /** A coordinator said that the lease is gone: ends the attempt. */
    void leaseIsGone();
}
