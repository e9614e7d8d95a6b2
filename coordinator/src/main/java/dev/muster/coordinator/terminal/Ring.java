package dev.muster.coordinator.terminal;

import dev.muster.protocol.terminal.TerminalFrames;

import io.vertx.core.buffer.Buffer;

import java.util.TreeMap;

/**
 * The newest output of a terminal, as the frames it came in: they go out as they are. Guarded by
 * its terminal.
 */
final class Ring {

    /** Output from {@code offset} on, as a frame. */
    record Piece(long offset, Buffer frame) {

        int length() {
            return frame.length() - TerminalFrames.OUTPUT_HEAD;
        }

        long end() {
            return offset + length();
        }

        /** The same from {@code from} up to {@code to}, both within it. */
        Piece cut(long from, long to) {
            if (from == offset && to == end()) {
                return this;
            }
            int begin = TerminalFrames.OUTPUT_HEAD + (int) (from - offset);
            var bytes = frame.getBytes(begin, begin + (int) (to - from));
            return of(from, bytes, 0, bytes.length);
        }

        static Piece of(long offset, byte[] bytes, int from, int length) {
            return new Piece(
                    offset, Buffer.buffer(TerminalFrames.output(offset, bytes, from, length)));
        }
    }

    private final TreeMap<Long, Piece> pieces = new TreeMap<>();
    private long size;

    boolean isEmpty() {
        return pieces.isEmpty();
    }

    /** Where the oldest byte is; only if there is one. */
    long start() {
        return pieces.firstEntry().getValue().offset();
    }

    /** Where the next byte will be; only if there is one before. */
    long end() {
        return pieces.lastEntry().getValue().end();
    }

    /**
     * Adds what comes next; what it has already is left out, and behind a gap it begins anew.
     *
     * @param most how many bytes to keep
     * @return what of it was new; of no length for nothing
     */
    Piece add(Piece next, long most) {
        var fresh = next;
        if (!isEmpty()) {
            if (next.offset() > end()) {
                clear();
            } else {
                fresh = next.cut(Math.min(Math.max(next.offset(), end()), next.end()), next.end());
            }
        }
        if (fresh.length() > 0) {
            pieces.put(fresh.offset(), fresh);
            size += fresh.length();
            while (size > most && pieces.size() > 1) {
                size -= pieces.pollFirstEntry().getValue().length();
            }
        }
        return fresh;
    }

    /** The piece with the byte at {@code offset}, from there on; it must be in here. */
    Piece from(long offset) {
        var piece = pieces.floorEntry(offset).getValue();
        return piece.cut(offset, piece.end());
    }

    boolean holds(long offset) {
        return !isEmpty() && offset >= start() && offset < end();
    }

    void clear() {
        pieces.clear();
        size = 0;
    }
}
