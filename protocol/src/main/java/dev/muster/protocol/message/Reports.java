package dev.muster.protocol.message;

import dev.muster.protocol.wire.Versioned;

import java.util.List;
import java.util.UUID;

/**
 * Reports of one machine, of different attempts, at most {@value #MOST}. Each is judged on its own.
 */
public record Reports(int v, UUID machine, UUID boot, List<Report> reports) implements Versioned {

    /** How many reports one message may carry. */
    public static final int MOST = 256;

    public Reports {
        reports = List.copyOf(reports);
        if (reports.isEmpty() || reports.size() > MOST) {
            throw new IllegalArgumentException(
                    "1 to " + MOST + " reports in a message, was " + reports.size());
        }
    }
}
