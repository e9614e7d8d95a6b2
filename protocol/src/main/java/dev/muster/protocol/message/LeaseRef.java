package dev.muster.protocol.message;

import java.util.List;

/**
 * Names one machine's right to run one attempt. Good only while {@code fence} is the newest that
 * was granted.
 *
 * @param task the task's number
 * @param attempt from 1; retry makes the next
 * @param fence from 1; each grant of the task raises it, by one or more
 */
public record LeaseRef(long task, int attempt, long fence) {

    static final int MOST_HELD = 2500;

    public LeaseRef {
        if (task < 1 || attempt < 1 || fence < 1) {
            throw new IllegalArgumentException("task, attempt and fence start at 1");
        }
    }

    /**
     * What one machine says it holds; it has at most 1000 slots, as many again may be ending, and
     * some wait at gates without a slot.
     */
    static List<LeaseRef> checked(List<LeaseRef> held) {
        if (held.size() > MOST_HELD) {
            throw new IllegalArgumentException("a machine holds at most " + MOST_HELD + " leases");
        }
        return List.copyOf(held);
    }

    @Override
    public String toString() {
        return "task=" + task + " attempt=" + attempt + " fence=" + fence;
    }
}
