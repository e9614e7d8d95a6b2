package dev.muster.worker.tunnel;

import java.time.Duration;
import java.util.List;

/**
 * How long a tunnel may take for what.
 *
 * @param start from each start of its program until it tells how to connect
 * @param pauses before each time it is started again, after it ended by itself
 */
public record TunnelLimits(Duration start, List<Duration> pauses) {

    /** 30 s to come up; again after 2, 4 and 8 s, and then no more. */
    public static final TunnelLimits DEFAULT =
            new TunnelLimits(
                    Duration.ofSeconds(30),
                    List.of(Duration.ofSeconds(2), Duration.ofSeconds(4), Duration.ofSeconds(8)));

    public TunnelLimits {
        pauses = List.copyOf(pauses);
    }
}
