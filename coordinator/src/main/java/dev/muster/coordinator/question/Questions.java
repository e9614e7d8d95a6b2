package dev.muster.coordinator.question;

import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.time.Randomness;
import dev.muster.coordinator.time.Timers;
import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.question.Answered;
import dev.muster.protocol.question.Question;
import dev.muster.protocol.question.Reply;
import dev.muster.protocol.wire.Wire;

import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks machines. Thread-safe; who asks blocks, and must not be an event loop. */
public final class Questions {

    private static final Logger log = LoggerFactory.getLogger(Questions.class);

    /** How long a machine has for its answer. */
    public static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final Duration AGAIN = Duration.ofSeconds(1);
    private static final int MOST_OPEN = 256;
    private static final int MOST_OF_A_MACHINE = 16;

    /** A question that is not answered yet. */
    private record Open(UUID machine, Promise<Reply> answer) {}

    private final Vertx vertx;
    private final UUID self = Randomness.uuid();
    private final Map<UUID, Open> open = new ConcurrentHashMap<>();

    public Questions(Vertx vertx) {
        this.vertx = vertx;
    }

    /** By which answers find the way back to this coordinator. */
    public UUID self() {
        return self;
    }

    /**
     * Asks, and waits for the answer.
     *
     * @param patience after so long a machine counts as silent
     * @throws Problem 504 {@code machine_silent} if none comes, 503 if too many wait
     */
    public Reply ask(UUID machine, Question question, Duration patience) {
        var id = Randomness.uuid();
        var asked = new Open(machine, Promise.promise());
        admit(machine);
        open.put(id, asked);
        put(id, machine, question);
        var again = Timers.every(vertx, AGAIN, () -> put(id, machine, question));
        try {
            return asked.answer()
                    .future()
                    .timeout(patience.toMillis(), TimeUnit.MILLISECONDS)
                    .await();
        } catch (Exception e) {
            // await throws checked exceptions undeclared: timeout and interrupt among them
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            if (e instanceof TimeoutException) {
                log.info("machine did not answer machine={} question={}", machine, question);
            }
            throw Problem.of(
                    504,
                    "machine_silent",
                    "The machine did not answer within " + patience.toSeconds() + " s.");
        } finally {
            vertx.cancelTimer(again);
            open.remove(id);
        }
    }

    private void admit(UUID machine) {
        long same = open.values().stream().filter(one -> one.machine().equals(machine)).count();
        if (same >= MOST_OF_A_MACHINE || open.size() >= MOST_OPEN) {
            throw Problem.unavailable(
                    "Too many wait for answers of machines already.", Duration.ofSeconds(1));
        }
    }

    private void put(UUID id, UUID machine, Question question) {
        var order = new ToWorker.Ask(Wire.VERSION, id, self, question);
        vertx.eventBus().send(Addresses.orders(machine), Buffer.buffer(Wire.encode(order)));
    }

    /**
     * An answer came, to this coordinator's question or another's.
     *
     * @param token of the machine that sent it, which was checked
     */
    public void pass(Answered answered, String token) {
        if (answered.asker().equals(self)) {
            take(answered);
            return;
        }
        vertx.eventBus()
                .send(
                        Addresses.asker(answered.asker()),
                        Buffer.buffer(Wire.encode(answered)),
                        new DeliveryOptions().addHeader(Addresses.TOKEN, token));
    }

    /** An answer came to a question of this coordinator's, from the machine that it names. */
    public void take(Answered answered) {
        var asked = open.get(answered.id());
        // it may have come before, or too late
        if (asked != null && asked.machine().equals(answered.machine())) {
            var _ = asked.answer().tryComplete(answered.reply());
        }
    }
}
