package dev.muster.protocol.message;

import dev.muster.protocol.wire.Versioned;

import java.util.List;
import java.util.UUID;

/**
 * A request for work: a long poll with credit. The credits of all pulls a worker has open never
 * overlap, so it is never given more than it has slots.
 *
 * @param poll names this request; asked again with the same name, the answer is the same attempts
 * @param credit how many attempts it takes, 1 to 1000
 * @param capabilities agent types the machine can drive now
 * @param waitMillis how long the coordinator may park the request before it answers with nothing
 * @param again true when this poll was asked before and its answer got lost
 */
public record Pull(
        int v,
        UUID machine,
        UUID boot,
        UUID poll,
        int credit,
        List<String> capabilities,
        long waitMillis,
        boolean again)
        implements Versioned {
    public Pull {
        capabilities = AgentTypes.checked(capabilities);
        if (credit < 1 || credit > 1000) {
            throw new IllegalArgumentException("credit is 1 to 1000, was " + credit);
        }
    }
}
