package dev.muster.ops.up;

import java.time.Duration;

/** How long to wait before a child that ended is started again: ever longer, until it lives. */
final class Restarts {

    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofSeconds(30);

    /** A child that lived so long had not ended for what ended those before. */
    private static final Duration HEALTHY = Duration.ofMinutes(1);

    private Duration next = FIRST;

    /** The pause after a child that {@code lived} so long. */
    Duration pauseAfter(Duration lived) {
        var pause = lived.compareTo(HEALTHY) > 0 ? FIRST : next;
        var doubled = pause.multipliedBy(2);
        next = doubled.compareTo(LONGEST) < 0 ? doubled : LONGEST;
        return pause;
    }
}
