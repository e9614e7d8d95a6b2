package dev.muster.coordinator.terminal;

import dev.muster.coordinator.terminal.Ring.Piece;
import dev.muster.protocol.terminal.TerminalFrames;

/** Where a stream that is cut can be shown from: not within a character, nor an escape sequence. */
final class Boundary {

    // sequences are shorter; in longer ones without a line feed there is nothing better to be had
    private static final int FARTHEST = 8 * 1024;

    private Boundary() {}

    /**
     * The first offset within the piece, or its end, behind a line feed, else between characters.
     */
    static long after(Piece piece) {
        var frame = piece.frame();
        int begin = TerminalFrames.OUTPUT_HEAD;
        int farthest = Math.min(frame.length(), begin + FARTHEST);
        for (int i = begin; i < farthest; i++) {
            if (frame.getByte(i) == '\n') {
                return piece.offset() + i + 1 - begin;
            }
        }
        int i = begin;
        while (i < farthest && (frame.getByte(i) & 0xc0) == 0x80) {
            i++;
        }
        return piece.offset() + i - begin;
    }
}
