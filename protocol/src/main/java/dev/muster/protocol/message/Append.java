package dev.muster.protocol.message;

import dev.muster.protocol.wire.Versioned;

import java.util.UUID;

/**
 * Log bytes of an attempt, exactly as its terminal printed them.
 *
 * @param offset position of the first byte, counted from the attempt's first
 * @param atMillis when the first byte was printed, from the attempt's arrival
 * @param bytes 1 to {@value #MOST_BYTES} of them; base64 in JSON
 */
public record Append(
        int v, UUID machine, UUID boot, LeaseRef lease, long offset, long atMillis, byte[] bytes)
        implements Versioned {

    /**
     * How many bytes one message may carry: a message in base64 stays well below the wire's limit.
     */
    public static final int MOST_BYTES = 256 * 1024;

    public Append {
        if (offset < 0 || bytes.length == 0 || bytes.length > MOST_BYTES) {
            throw new IllegalArgumentException("1 to " + MOST_BYTES + " bytes at an offset from 0");
        }
    }
}
