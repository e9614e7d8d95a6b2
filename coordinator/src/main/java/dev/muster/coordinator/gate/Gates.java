package dev.muster.coordinator.gate;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.Duty;
import dev.muster.coordinator.gate.AnswerStore.Outcome;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.task.Endings;
import dev.muster.coordinator.task.HeldLease;
import dev.muster.coordinator.task.Orders;
import dev.muster.coordinator.task.Viewer;
import dev.muster.coordinator.time.Loop;
import dev.muster.coordinator.time.Loops;
import dev.muster.protocol.message.GateAnswer;
import dev.muster.protocol.message.Waiting;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Takes people's answers, tells machines of them, and closes what is due. Thread-safe. */
public final class Gates implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Gates.class);

    /** Timeouts are whole seconds. */
    private static final Duration SWEEP = Duration.ofSeconds(1);

    private static final Duration MARK = Duration.ofSeconds(5);

    /** Longer than a pass of a busy coordinator is late, and a restart that nobody notices. */
    private static final Duration OUTAGE = Duration.ofSeconds(15);

    /** Leaves room in a message for all else that a heartbeat is answered. */
    private static final int MOST_BYTES = 384 * 1024;

    private final Database database;
    private final AnswerStore answers;
    private final AnsweredStore answered;
    private final ExpiryStore expiries;
    private final Orders orders;
    private final Endings endings;
    private final Meter.MeterProvider<Counter> closed;
    private final Loop sweep;

    /**
     * @param orders tells a machine of an answer, or to end what it runs
     */
    public Gates(Database database, MeterRegistry registry, Loops loops, Orders orders) {
        this.database = database;
        this.answers = new AnswerStore(database);
        this.answered = new AnsweredStore(database);
        this.expiries = new ExpiryStore(database);
        this.orders = orders;
        this.endings = new Endings(registry);
        this.closed =
                Counter.builder("muster.gates.closed")
                        .description("Gates that were answered or expired, by outcome")
                        .withRegistry(registry);
        this.sweep = loops.loop("gate sweep", SWEEP, this::sweepOnce);
    }

    public void start() {
        sweep.start();
    }

    /**
     * Answers in the name of {@code viewer}, who may see the task; the answer fits the stage's gate
     * if it has one.
     *
     * @throws Problem 403 if it is for others to answer, 409 if there is nothing to answer
     */
    void answer(long task, Viewer viewer, Reply reply) {
        switch (answers.answer(task, viewer, reply)) {
            case Outcome.Answered(var machine, var answer) -> {
                closed.withTag("outcome", "answered").increment();
                log.info("gate answered {} stage={}", answer.lease(), answer.stage());
                orders.answer(machine, answer);
            }
            case Outcome.Cancelled(var running) -> {
                closed.withTag("outcome", "cancelled").increment();
                stop(running);
            }
            case Outcome.NotAllowed() ->
                    throw Problem.forbidden(
                            "not_your_gate",
                            "A stage of task #"
                                    + task
                                    + " is confirmed by who created the task, by maintainers of its"
                                    + " project and by admins.");
            case Outcome.NotOpen(var why) -> throw notOpen(task, reply, why);
        }
    }

    private void stop(HeldLease running) {
        endings.attempts("CANCELLED", "cancelled", 1);
        log.info("gate answered with cancel {}", running.lease());
        orders.stop(running);
    }

    private static Problem notOpen(long task, Reply reply, AnswerStore.Why why) {
        var what = "Stage " + reply.stage() + " of task #" + task;
        return switch (why) {
            case NO_GATE ->
                    Problem.conflict("no_gate", "Task #" + task + " does not wait for an answer.");
            case OTHER_GATE ->
                    Problem.conflict(
                            "other_gate",
                            "Task #" + task + " waits for an answer to another question.");
            case ANSWERED -> Problem.conflict("gate_answered", what + " was answered already.");
            case TIMED_OUT ->
                    Problem.conflict("gate_timed_out", what + " was not answered in time.");
            case OVER ->
                    Problem.conflict(
                            "gate_over", what + " does not wait any more: its attempt ended.");
        };
    }

    /** What a machine is told of the answers it waits for, as much as fits; null for nothing. */
    public @Nullable List<GateAnswer> answered(UUID machine, @Nullable List<Waiting> waiting) {
        if (waiting == null || waiting.isEmpty()) {
            return null;
        }
        var told = new ArrayList<GateAnswer>();
        int bytes = 0;
        for (var answer : answered.answered(machine, waiting)) {
            // a character may take six bytes when escaped
            bytes += 150 + 6 * answer.result().length();
            if (bytes > MOST_BYTES) {
                break;
            }
            told.add(answer);
        }
        return told.isEmpty() ? null : told;
    }

    /**
     * Closes what is due now, unless another coordinator is at it. Time in which no coordinator
     * served does not count. The loop's pass; whoever calls it besides changes nothing but the
     * moment.
     */
    public void sweepOnce() {
        database.alone("closing gates that are due", Duty.GATE_SWEEP, this::sweepAlone);
    }

    private void sweepAlone() {
        int excused = expiries.excuseOutage(MARK, OUTAGE);
        if (excused > 0) {
            log.info(
                    "nobody could answer during an outage, gates get that much more time gates={}",
                    excused);
        }
        var expired = expiries.expire();
        endings.attempts("FAILED", "gate_timeout", expired.failed().size());
        for (var held : expired.failed()) {
            closed.withTag("outcome", "timed_out").increment();
            log.info("gate timed out, task failed {}", held.lease());
            orders.stop(held);
        }
        for (var told : expired.wentOn()) {
            closed.withTag("outcome", "fallback").increment();
            log.info("gate timed out, task goes on {}", told.answer().lease());
            orders.answer(told.machine(), told.answer());
        }
    }

    @Override
    public void close() {
        sweep.close();
    }
}
