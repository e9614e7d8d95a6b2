package dev.muster.coordinator.gateway;

import io.vertx.core.buffer.Buffer;

import org.jspecify.annotations.Nullable;

/** Puts a frame of ours together from the pieces the socket brings. One thread at a time. */
final class Assembly {

    private final int most;
    private @Nullable Buffer whole;

    Assembly(int most) {
        this.most = most;
    }

    /** Whether the frame with one more piece of this size would be too large. */
    boolean exceedsWith(int more) {
        return (whole == null ? 0L : whole.length()) + more > most;
    }

    /** Adds a piece; answers the frame when it was the last. */
    byte @Nullable [] add(Buffer piece, boolean last) {
        if (last && whole == null) {
            return piece.getBytes();
        }
        if (whole == null) {
            whole = Buffer.buffer(piece.length() * 2);
        }
        whole.appendBuffer(piece);
        if (!last) {
            return null;
        }
        var bytes = whole.getBytes();
        whole = null;
        return bytes;
    }
}
