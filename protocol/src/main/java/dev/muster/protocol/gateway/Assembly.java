package dev.muster.protocol.gateway;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;

/** Puts a frame together from the pieces a WebSocket brings. One thread at a time. */
public final class Assembly {

    private final ByteArrayOutputStream begun = new ByteArrayOutputStream();

    /** Whether the frame with one more piece of this size is larger than any may be. */
    public boolean exceedsWith(int more) {
        return (long) begun.size() + more > Gateway.LARGEST_FRAME;
    }

    /** Adds a piece, which is not changed afterwards; answers the frame when it was the last. */
    public byte @Nullable [] add(byte[] piece, boolean last) {
        if (last && begun.size() == 0) {
            return piece;
        }
        begun.writeBytes(piece);
        if (!last) {
            return null;
        }
        var whole = begun.toByteArray();
        begun.reset();
        return whole;
    }
}
