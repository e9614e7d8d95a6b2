package dev.muster.worker.journal;

import java.util.Arrays;

/**
 * Bytes of a log, next to each other.
 *
 * @param offset position of the first, counted from the attempt's first
 * @param atMillis when the first was printed, from the attempt's arrival; of a piece cut from the
 *     middle of what was printed at once, the same moment
 */
public record Piece(long offset, long atMillis, byte[] bytes) {

    /** The part from an offset within it on; shares nothing that changes. */
    Piece from(long position) {
        if (position == offset) {
            return this;
        }
        int skipped = Math.toIntExact(position - offset);
        return new Piece(position, atMillis, Arrays.copyOfRange(bytes, skipped, bytes.length));
    }

    /** No more than so many of its first bytes. */
    Piece most(int length) {
        return bytes.length <= length
                ? this
                : new Piece(offset, atMillis, Arrays.copyOf(bytes, length));
    }

    /** Position behind the last. */
    public long end() {
        return offset + bytes.length;
    }
}
