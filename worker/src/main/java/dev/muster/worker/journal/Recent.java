package dev.muster.worker.journal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The newest bytes of a journal, to be sent without reading them back. In chunks, each full before
 * the next one, so that what was printed byte by byte takes no more room than it would at once. Not
 * thread-safe.
 */
final class Recent {

    private static final int CHUNK = 16 * 1024;

    /** What was acknowledged is held as long as it is no older: a viewer may be a little behind. */
    private static final int STILL_HELD = 128 * 1024;

    private final int most;
    private final int coalescedMillis;
    private final List<Chunk> chunks = new ArrayList<>();
    private long end;

    /**
     * @param most how many bytes are held
     * @param coalescedMillis pieces printed closer together than this count as one
     * @param end offset behind what was printed before, of which nothing is held
     */
    Recent(int most, int coalescedMillis, long end) {
        this.most = most;
        this.coalescedMillis = coalescedMillis;
        this.end = end;
    }

    /** From {@code at} on, within a chunk, something was printed at another moment. */
    private record Mark(int at, long atMillis) {}

    private static final class Chunk {
        final long start;
        final byte[] bytes = new byte[CHUNK];
        final List<Mark> marks = new ArrayList<>();
        int size;

        Chunk(long start) {
            this.start = start;
        }

        void mark(long atMillis, int coalescedMillis) {
            if (marks.isEmpty() || atMillis - marks.getLast().atMillis() > coalescedMillis) {
                marks.add(new Mark(size, atMillis));
            }
        }

        Piece piece(long from, int most) {
            int at = Math.toIntExact(from - start);
            int number = marks.size() - 1;
            while (marks.get(number).at() > at) {
                number--;
            }
            int next = number + 1 < marks.size() ? marks.get(number + 1).at() : size;
            var part = Arrays.copyOfRange(bytes, at, at + Math.min(most, next - at));
            return new Piece(from, marks.get(number).atMillis(), part);
        }
    }

    /** Adds what was just printed; the oldest makes room for it. */
    void add(long atMillis, byte[] bytes, int from, int length) {
        for (int done = 0; done < length; ) {
            if (chunks.isEmpty() || chunks.getLast().size == CHUNK) {
                chunks.addLast(new Chunk(end));
            }
            var chunk = chunks.getLast();
            chunk.mark(atMillis, coalescedMillis);
            int part = Math.min(length - done, CHUNK - chunk.size);
            System.arraycopy(bytes, from + done, chunk.bytes, chunk.size, part);
            chunk.size += part;
            done += part;
            end += part;
        }
        forgetBefore(end - most);
    }

    /** Where the bytes that are held begin. */
    long start() {
        return chunks.isEmpty() ? end : chunks.getFirst().start;
    }

    boolean holds(long offset) {
        return start() <= offset && offset < end;
    }

    /** What was printed at once, from an offset that is held on, or its first part. */
    Piece piece(long from, int most) {
        return chunk(from).piece(from, most);
    }

    /** The same, with what was printed later as well. */
    Piece pieces(long from, int most) {
        var all = new byte[Math.toIntExact(Math.min(most, end - from))];
        for (int done = 0; done < all.length; ) {
            var chunk = chunk(from + done);
            int at = Math.toIntExact(from + done - chunk.start);
            int part = Math.min(all.length - done, chunk.size - at);
            System.arraycopy(chunk.bytes, at, all, done, part);
            done += part;
        }
        return new Piece(from, piece(from, 1).atMillis(), all);
    }

    private Chunk chunk(long offset) {
        return chunks.get(Math.toIntExact((offset - start()) / CHUNK));
    }

    /** The coordinator has what lies before. */
    void acknowledged(long offset) {
        forgetBefore(Math.min(offset, end - STILL_HELD));
    }

    private void forgetBefore(long offset) {
        while (!chunks.isEmpty() && chunks.getFirst().start + CHUNK <= offset) {
            chunks.removeFirst();
        }
    }
}
