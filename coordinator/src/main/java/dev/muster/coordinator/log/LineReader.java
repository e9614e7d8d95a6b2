package dev.muster.coordinator.log;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts chunks of bytes into lines. Where some were dropped, the line says so that was printed when
 * they were; the numbers of lines in between are nobody's. Used by one thread, for one answer.
 */
final class LineReader {

    /** A line is cut here, in bytes: a program may print gigabytes without a line feed. */
    private static final int LONGEST_LINE = 64 * 1024;

    /** No answer carries more, in bytes. */
    private static final int LARGEST_ANSWER = 4 * 1024 * 1024;

    /** How many chunks are read at a time. */
    private static final int CHUNKS = 8;

    private final long from;
    private final int limit;
    private final List<LogLine> lines = new ArrayList<>();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private long n;
    private int size;
    private @Nullable Instant at;

    /**
     * @param n the line in which the first chunk begins
     * @param from the first line wanted
     */
    private LineReader(long n, long from, int limit) {
        this.n = n;
        this.from = from;
        this.limit = limit;
    }

    /**
     * Lines of a log from line {@code offset}, counted from 0.
     *
     * @param rest whether bytes at the end that no line feed has ended yet are a line
     * @return at most {@code limit} lines; fewer when the log, or what one answer may carry, ends
     */
    static List<LogLine> lines(
            ChunkStore table, long task, int attempt, long offset, int limit, boolean rest) {
        var first = table.chunkOf(task, attempt, offset);
        if (first.isEmpty()) {
            return List.of();
        }
        var reader = new LineReader(first.get().line(), offset, limit);
        var chunks = new ArrayList<>(List.of(first.get()));
        while (!chunks.isEmpty()) {
            for (var chunk : chunks) {
                if (!reader.read(chunk)) {
                    return reader.lines;
                }
            }
            var last = chunks.getLast();
            var next = last.end();
            if (reader.isLineFull()) {
                // gigabytes may follow until the next line feed, and none would be shown
                var behind = table.chunkOf(task, attempt, reader.n + 1);
                next = Math.max(next, behind.map(LogStore.Chunk::start).orElse(0L));
            }
            chunks = new ArrayList<>(table.from(task, attempt, next, CHUNKS));
        }
        return rest ? reader.linesAndRest() : reader.lines;
    }

    /** Goes through a chunk and says whether more lines are wanted. */
    private boolean read(LogStore.Chunk chunk) {
        // it is another line where some were dropped before it, or while this was read
        if (!goOnAt(chunk.line())) {
            return false;
        }
        if (chunk.dropped() > 0) {
            note(chunk);
            return true;
        }
        var bytes = chunk.bytes().getBytes();
        for (int i = 0; i < bytes.length; i++) {
            if (at == null) {
                at = chunk.at().toInstant();
            }
            if (bytes[i] == '\n') {
                endLine();
                if (isFull()) {
                    return false;
                }
            } else if (n >= from && line.size() < LONGEST_LINE) {
                line.write(bytes[i]);
            }
        }
        return true;
    }

    private void note(LogStore.Chunk dropped) {
        if (at == null) {
            at = dropped.at().toInstant();
        }
        if (n >= from) {
            line.writeBytes(LogLimit.note(dropped.dropped()).getBytes(StandardCharsets.UTF_8));
        }
    }

    /** What follows is in line {@code number}; says whether it is wanted. */
    private boolean goOnAt(long number) {
        if (number == n) {
            return true;
        }
        endLine();
        n = number;
        return !isFull();
    }

    private boolean isFull() {
        return lines.size() == limit || size >= LARGEST_ANSWER;
    }

    private void endLine() {
        if (n >= from && at != null) {
            size += line.size();
            lines.add(new LogLine(n, at, text()));
        }
        n++;
        line.reset();
        at = null;
    }

    private String text() {
        var text = line.toString(StandardCharsets.UTF_8);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }

    /** Whether nothing more of this line will be shown: only its end is looked for. */
    private boolean isLineFull() {
        return n >= from && line.size() >= LONGEST_LINE;
    }

    /** At the end of the log: the last line too, though no line feed ended it yet. */
    private List<LogLine> linesAndRest() {
        if (line.size() > 0) {
            endLine();
        }
        return lines;
    }
}
