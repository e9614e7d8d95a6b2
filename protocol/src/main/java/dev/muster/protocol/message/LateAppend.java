package dev.muster.protocol.message;

import dev.muster.protocol.wire.Versioned;

import java.util.UUID;

/**
 * Bytes that a terminal printed and that are in no log, since the attempt's lease was over before
 * they were sent. They are kept beside the log and never become part of it.
 *
 * @param offset position of the first byte, counted from the attempt's first, as in {@link Append}
 * @param bytes 1 to {@value #MOST_BYTES} of them; base64 in JSON
 */
public record LateAppend(int v, UUID machine, UUID boot, LeaseRef lease, long offset, byte[] bytes)
        implements Versioned {

    /** Less than an {@link Append} has, so that one of these never holds up a live log for long. */
    public static final int MOST_BYTES = 64 * 1024;

    public LateAppend {
        if (offset < 0 || bytes.length == 0 || bytes.length > MOST_BYTES) {
            throw new IllegalArgumentException("1 to " + MOST_BYTES + " bytes at an offset from 0");
        }
    }
}
