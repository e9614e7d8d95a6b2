package dev.muster.worker.journal;

import dev.muster.protocol.message.Append;

import java.util.List;

/**
 * Bytes of a log, next to each other, and when they were printed.
 *
 * @param offset position of the first, counted from the attempt's first
 * @param atMillis when the first was printed, from the attempt's arrival
 * @param moments where among them something begins that was printed later
 */
public record Stretch(long offset, long atMillis, byte[] bytes, List<Append.Moment> moments) {

    public Stretch {
        moments = List.copyOf(moments);
    }
}
