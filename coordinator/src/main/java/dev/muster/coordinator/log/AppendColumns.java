package dev.muster.coordinator.log;

import dev.muster.protocol.message.Append;

import io.vertx.core.buffer.Buffer;

import java.util.ArrayList;
import java.util.List;

/** The chunks that appends are stored as, in columns: one for each moment of printing. */
final class AppendColumns {

    private final List<Integer> feeds = new ArrayList<>();

    // of each chunk, the number of its append from 1, and where in that it begins
    private final List<Long> numbers = new ArrayList<>();
    private final List<Integer> places = new ArrayList<>();
    private final List<Integer> lines = new ArrayList<>();
    private final List<Long> moments = new ArrayList<>();
    private final List<Buffer> chunks = new ArrayList<>();
    private final List<Buffer> digests = new ArrayList<>();

    AppendColumns(List<Append> appends) {
        for (var append : appends) {
            feeds.add(cut(append));
        }
    }

    /** Answers how many line feeds there are in all. */
    private int cut(Append append) {
        var later = append.moments();
        int line = 0;
        int from = 0;
        long at = append.atMillis();
        for (var next : later == null ? List.<Append.Moment>of() : later) {
            line = chunk(append, from, next.from(), line, at);
            from = next.from();
            at = next.atMillis();
        }
        return chunk(append, from, append.bytes().length, line, at);
    }

    private int chunk(Append append, int from, int to, int line, long at) {
        numbers.add(feeds.size() + 1L);
        places.add(from);
        lines.add(line);
        moments.add(at);
        chunks.add(Buffer.buffer(append.bytes()).slice(from, to));
        digests.add(
                Buffer.buffer(
                        LogChain.digest(
                                append.offset() + from, at, append.bytes(), from, to - from)));
        int next = line;
        for (int i = from; i < to; i++) {
            if (append.bytes()[i] == '\n') {
                next++;
            }
        }
        return next;
    }

    Integer[] feeds() {
        return feeds.toArray(Integer[]::new);
    }

    Long[] numbers() {
        return numbers.toArray(Long[]::new);
    }

    Integer[] places() {
        return places.toArray(Integer[]::new);
    }

    Integer[] lines() {
        return lines.toArray(Integer[]::new);
    }

    Long[] moments() {
        return moments.toArray(Long[]::new);
    }

    Buffer[] chunks() {
        return chunks.toArray(Buffer[]::new);
    }

    Buffer[] digests() {
        return digests.toArray(Buffer[]::new);
    }
}
