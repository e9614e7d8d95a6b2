package dev.muster.coordinator.dispatch.rule;

import org.jspecify.annotations.Nullable;

import java.util.UUID;

/**
 * What a waiting task asks of a machine.
 *
 * @param pinned the only machine that may run it; null for any
 * @param passedOver the machine that was given it last and never said a word of it, as long as
 *     others are asked first; null for none
 */
public record Wanted(String agentType, @Nullable UUID pinned, @Nullable UUID passedOver) {

    /** One that no machine is passed over for. */
    public Wanted(String agentType, @Nullable UUID pinned) {
        this(agentType, pinned, null);
    }
}
