package dev.muster.coordinator.log;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;

/**
 * Writes an asciicast, a line for each event. Time never goes back, whatever the moments say, and a
 * character that was split comes with its last byte. Used by one thread, for one recording.
 */
final class Cast {

    enum Format {
        /** Times are seconds since the event before. */
        V3,
        /** Times are seconds since the beginning. */
        V2
    }

    /** A size that the terminal had from byte {@code offset} of its output on. */
    record Size(long offset, int columns, int rows) {

        /** What workers' terminals open with. */
        static final Size USUAL = new Size(0, 120, 30);

        boolean isLike(Size other) {
            return columns == other.columns && rows == other.rows;
        }
    }

    /** A place that players can jump to; {@code atMillis} is from the attempt's arrival. */
    record Marker(long atMillis, String label) {}

    /** How it ended; {@code atMillis} is from the attempt's arrival. */
    record Exit(long atMillis, int status) {}

    private final Format format;
    private final Queue<Marker> markers;
    private final Queue<Size> sizes;
    private final CharsetDecoder decoder =
            StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPLACE)
                    .onUnmappableCharacter(CodingErrorAction.REPLACE);

    /** The first bytes of a character whose others have not come; at most three. */
    private ByteBuffer rest = ByteBuffer.allocate(0);

    private long now;

    /** How much was printed. */
    private long offset;

    private Size size = Size.USUAL;

    /**
     * @param markers in the order of time
     * @param sizes in the order of output, each at a place of its own
     */
    Cast(Format format, List<Marker> markers, List<Size> sizes) {
        this.format = format;
        this.markers = new ArrayDeque<>(markers);
        this.sizes = new ArrayDeque<>(sizes);
        var first = this.sizes.peek();
        if (first != null && first.offset() == 0) {
            size = this.sizes.remove();
        }
    }

    /** The first line. */
    Buffer header(String title, Instant began) {
        var header =
                switch (format) {
                    case V3 ->
                            new JsonObject()
                                    .put("version", 3)
                                    .put(
                                            "term",
                                            new JsonObject()
                                                    .put("cols", size.columns())
                                                    .put("rows", size.rows()));
                    case V2 ->
                            new JsonObject()
                                    .put("version", 2)
                                    .put("width", size.columns())
                                    .put("height", size.rows());
                };
        header.put("timestamp", began.getEpochSecond()).put("title", title);
        return header.toBuffer().appendByte((byte) '\n');
    }

    /** Adds what was printed, the markers before it, and the sizes it was printed at. */
    void print(long atMillis, byte[] bytes, Buffer to) {
        mark(atMillis, to);
        long end = offset + bytes.length;
        int from = 0;
        for (var next = sizes.peek(); next != null && next.offset() < end; next = sizes.peek()) {
            int until = bytes.length - (int) (end - next.offset());
            output(atMillis, decode(Arrays.copyOfRange(bytes, from, until), false), to);
            resize(atMillis, sizes.remove(), to);
            from = until;
        }
        output(atMillis, decode(Arrays.copyOfRange(bytes, from, bytes.length), false), to);
        offset = end;
    }

    /** Adds a word in the place of {@code bytes} that were not kept. */
    void drop(long atMillis, long bytes, Buffer to) {
        mark(atMillis, to);
        output(atMillis, decode(new byte[0], true), to);
        decoder.reset();
        offset += bytes;
        for (var next = sizes.peek();
                next != null && next.offset() <= offset;
                next = sizes.peek()) {
            resize(atMillis, sizes.remove(), to);
        }
        var note = LogLimit.note(bytes);
        event(atMillis, "m", note, to);
        output(atMillis, "\r\n" + note + "\r\n", to);
    }

    /** Adds what is left, and {@code exit} if it is known; players of version 2 know none. */
    void end(@Nullable Exit exit, Buffer to) {
        output(now, decode(new byte[0], true), to);
        // one that lies behind the end belongs to output that came too late to be shown
        var last = sizes.peek();
        if (last != null && last.offset() == offset) {
            resize(now, last, to);
        }
        mark(Long.MAX_VALUE, to);
        if (exit != null && format == Format.V3) {
            event(exit.atMillis(), "x", Integer.toString(exit.status()), to);
        }
    }

    private void mark(long untilMillis, Buffer to) {
        for (var next = markers.peek();
                next != null && next.atMillis() <= untilMillis;
                next = markers.peek()) {
            event(next.atMillis(), "m", next.label(), to);
            markers.remove();
        }
    }

    private void resize(long atMillis, Size next, Buffer to) {
        if (!next.isLike(size)) {
            event(atMillis, "r", next.columns() + "x" + next.rows(), to);
            size = next;
        }
    }

    private void output(long atMillis, String text, Buffer to) {
        if (!text.isEmpty()) {
            event(atMillis, "o", text, to);
        }
    }

    private void event(long atMillis, String code, String data, Buffer to) {
        long at = Math.max(now, atMillis);
        long shown =
                switch (format) {
                    case V3 -> at - now;
                    case V2 -> at;
                };
        now = at;
        to.appendBuffer(
                new JsonArray().add(BigDecimal.valueOf(shown, 3)).add(code).add(data).toBuffer());
        to.appendByte((byte) '\n');
    }

    private String decode(byte[] bytes, boolean isEnd) {
        var in = ByteBuffer.allocate(rest.remaining() + bytes.length).put(rest).put(bytes).flip();
        // each byte becomes one char at most
        var out = CharBuffer.allocate(in.remaining());
        decoder.decode(in, out, isEnd);
        if (isEnd) {
            decoder.flush(out);
        }
        rest = in;
        return out.flip().toString();
    }
}
