package dev.muster.protocol.message;

import dev.muster.protocol.wire.Versioned;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.UUID;

/**
 * Log bytes of an attempt, exactly as its terminal printed them.
 *
 * @param offset position of the first byte, counted from the attempt's first
 * @param atMillis when the first byte was printed, from the attempt's arrival
 * @param bytes 1 to {@value #MOST_BYTES} of them; base64 in JSON
 * @param moments where among them something begins that was printed later, in order; up to {@value
 *     #MOST_MOMENTS} places, and null for none
 */
public record Append(
        int v,
        UUID machine,
        UUID boot,
        LeaseRef lease,
        long offset,
        long atMillis,
        byte[] bytes,
        @Nullable List<Moment> moments)
        implements Versioned {

    /**
     * How many bytes one message may carry: a message in base64 stays well below the wire's limit.
     */
    public static final int MOST_BYTES = 256 * 1024;

    /** So that a line with long delays needs few messages, and each is still a small statement. */
    public static final int MOST_MOMENTS = 63;

    /**
     * From here on it was printed at another moment.
     *
     * @param from index among the bytes, not 0
     * @param atMillis when that was, from the attempt's arrival
     */
    public record Moment(int from, long atMillis) {}

    public Append {
        if (offset < 0 || bytes.length == 0 || bytes.length > MOST_BYTES) {
            throw new IllegalArgumentException("1 to " + MOST_BYTES + " bytes at an offset from 0");
        }
        if (moments != null) {
            moments = List.copyOf(moments);
            check(moments, bytes.length);
        }
    }

    private static void check(List<Moment> moments, int length) {
        int last = 0;
        for (var one : moments) {
            if (one.from() <= last || one.from() >= length) {
                throw new IllegalArgumentException("moments are in order, and among the bytes");
            }
            last = one.from();
        }
        if (moments.size() > MOST_MOMENTS) {
            throw new IllegalArgumentException("at most " + MOST_MOMENTS + " moments");
        }
    }

    /** Of what was printed at once. */
    public Append(
            int v,
            UUID machine,
            UUID boot,
            LeaseRef lease,
            long offset,
            long atMillis,
            byte[] bytes) {
        this(v, machine, boot, lease, offset, atMillis, bytes, null);
    }
}
