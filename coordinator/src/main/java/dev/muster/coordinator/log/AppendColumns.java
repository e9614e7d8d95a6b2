package dev.muster.coordinator.log;

import dev.muster.protocol.message.Append;

import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Tuple;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Appends as columns, and the chunks they are stored as: one for each moment of printing. */
final class AppendColumns {

    private final List<Append> appends;
    private final List<Integer> feeds = new ArrayList<>();

    // of each chunk, the number of its append from 1, and where in that it begins
    private final List<Long> numbers = new ArrayList<>();
    private final List<Integer> places = new ArrayList<>();
    private final List<Integer> lines = new ArrayList<>();
    private final List<Long> moments = new ArrayList<>();
    private final List<Buffer> chunks = new ArrayList<>();

    AppendColumns(List<Append> appends) {
        this.appends = appends;
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
        int next = line;
        for (int i = from; i < to; i++) {
            if (append.bytes()[i] == '\n') {
                next++;
            }
        }
        return next;
    }

    /** In the order of the statement's parameters. */
    Tuple arguments() {
        return Tuple.of(
                        appends.stream().map(one -> one.lease().task()).toArray(Long[]::new),
                        appends.stream().map(one -> one.lease().attempt()).toArray(Integer[]::new),
                        appends.stream().map(one -> one.lease().fence()).toArray(Long[]::new),
                        appends.stream().map(Append::machine).toArray(UUID[]::new),
                        appends.stream().map(Append::offset).toArray(Long[]::new),
                        appends.stream().map(one -> one.bytes().length).toArray(Integer[]::new))
                .addArrayOfInteger(feeds.toArray(Integer[]::new))
                .addArrayOfLong(numbers.toArray(Long[]::new))
                .addArrayOfInteger(places.toArray(Integer[]::new))
                .addArrayOfInteger(lines.toArray(Integer[]::new))
                .addArrayOfLong(moments.toArray(Long[]::new))
                .addArrayOfBuffer(chunks.toArray(Buffer[]::new));
    }
}
