package dev.muster.coordinator.dispatch;

import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.Pull;
import dev.muster.protocol.message.Pulled;
import dev.muster.protocol.wire.Wire;

import io.vertx.core.Promise;

import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A parked pull: credit that a machine has open, and the answer it waits for.
 *
 * @param expired set once its wait is over
 */
record OpenPull(
        UUID machine,
        UUID boot,
        UUID poll,
        int credit,
        Set<String> capabilities,
        Set<String> mirrors,
        AtomicBoolean expired,
        Promise<Pulled> answer) {

    /** More than what stands around the assignments in the message. */
    private static final int FRAME = 64;

    static OpenPull of(Pull pull) {
        return new OpenPull(
                pull.machine(),
                pull.boot(),
                pull.poll(),
                pull.credit(),
                Set.copyOf(pull.capabilities()),
                pull.mirrors() == null ? Set.of() : Set.copyOf(pull.mirrors()),
                new AtomicBoolean(),
                Promise.promise());
    }

    /**
     * Answers it with as many of {@code assignments}, in their order, as fit into a message. The
     * leases of the rest run out at the start deadline, and their tasks are granted anew.
     */
    void give(List<Assignment> assignments) {
        answer.tryComplete(new Pulled(Wire.VERSION, thatFit(assignments)));
    }

    private static List<Assignment> thatFit(List<Assignment> assignments) {
        int bytes = FRAME;
        int fit = 0;
        for (var assignment : assignments) {
            bytes += Wire.sizeOf(assignment) + 1;
            if (bytes > Wire.LARGEST_MESSAGE) {
                break;
            }
            fit++;
        }
        return assignments.subList(0, fit);
    }

    void fail(Throwable why) {
        answer.tryFail(why);
    }
}
