package dev.muster.worker.journal;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/** The newest bytes of a journal, to be sent without reading them back. Not thread-safe. */
final class Recent {

    private final int most;
    private final Deque<Piece> pieces = new ArrayDeque<>();
    private int size;

    Recent(int most) {
        this.most = most;
    }

    /** Adds what was just printed; the oldest makes room for it. */
    void add(long offset, long atMillis, byte[] bytes, int from, int length) {
        pieces.addLast(new Piece(offset, atMillis, Arrays.copyOfRange(bytes, from, from + length)));
        size += length;
        while (size > most) {
            size -= pieces.removeFirst().bytes().length;
        }
    }

    boolean holds(long offset) {
        return !pieces.isEmpty() && pieces.getFirst().offset() <= offset;
    }

    /** The piece around an offset. */
    Piece around(long offset) {
        return pieces.stream().filter(p -> p.end() > offset).findFirst().orElseThrow();
    }

    /** Nobody asks for what lies before. */
    void forgetBefore(long offset) {
        while (!pieces.isEmpty() && pieces.getFirst().end() <= offset) {
            size -= pieces.removeFirst().bytes().length;
        }
    }
}
