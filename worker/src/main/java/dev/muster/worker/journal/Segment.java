package dev.muster.worker.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * A file of frames, one after the other: offset, moment, length, checksum over these and the bytes,
 * the bytes. Frames follow each other without a gap in their offsets. Not thread-safe.
 */
final class Segment implements AutoCloseable {

    static final int HEADER = 8 + 8 + 4 + 4;

    // a longer frame is not ours: it must not make a reader allocate what a torn length says
    static final int LONGEST_FRAME = 1024 * 1024;

    private final Path path;
    private final FileChannel channel;
    private final long start;
    private final ByteBuffer header = ByteBuffer.allocate(HEADER);

    private long end; // offset behind the last byte
    private long size; // of the whole frames in the file

    // where the last read stood: the frame at this position begins at this offset
    private long cursorPosition;
    private long cursorOffset;

    private Segment(Path path, FileChannel channel, long start) {
        this.path = path;
        this.channel = channel;
        this.start = start;
        this.end = start;
        this.cursorOffset = start;
    }

    /** An empty segment for bytes from {@code start} on. */
    static Segment create(Path path, long start) throws IOException {
        return new Segment(
                path,
                FileChannel.open(
                        path,
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE),
                start);
    }

    /** A segment that an earlier daemon wrote, cut back to its last whole frame. */
    static Segment reopen(Path path, long start) throws IOException {
        var channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        var segment = new Segment(path, channel, start);
        for (var frame = segment.frameAt(0, start);
                frame.isPresent();
                frame = segment.frameAt(segment.size, segment.end)) {
            segment.end = frame.get().end();
            segment.size += HEADER + frame.get().bytes().length;
        }
        if (channel.size() > segment.size) {
            channel.truncate(segment.size);
        }
        return segment;
    }

    long start() {
        return start;
    }

    long end() {
        return end;
    }

    long size() {
        return size;
    }

    /** Adds a frame whole, or not at all. */
    void append(long atMillis, byte[] bytes, int from, int length) throws IOException {
        header.clear();
        header.putLong(end).putLong(atMillis).putInt(length);
        header.putInt(checksum(header, bytes, from, length)).flip();
        var frame = new ByteBuffer[] {header, ByteBuffer.wrap(bytes, from, length)};
        try {
            channel.position(size);
            while (frame[1].hasRemaining()) {
                channel.write(frame);
            }
        } catch (IOException e) {
            cutTorn(e);
            throw e;
        }
        size += HEADER + length;
        end += length;
    }

    /** What of the frame around an offset lies from it on. */
    Piece read(long from) throws IOException {
        if (from < start || from >= end) {
            throw new IllegalArgumentException(from + " is not in " + path);
        }
        if (from < cursorOffset) {
            cursorPosition = 0;
            cursorOffset = start;
        }
        while (true) {
            int length = lengthAt(cursorPosition);
            if (cursorOffset + length > from) {
                break;
            }
            cursorPosition += HEADER + length;
            cursorOffset += length;
        }
        return frameAt(cursorPosition, cursorOffset)
                .orElseThrow(() -> new IOException("damaged at " + from + ": " + path))
                .from(from);
    }

    /** Closes and deletes. */
    void delete() throws IOException {
        channel.close();
        Files.deleteIfExists(path);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private void cutTorn(IOException because) {
        try {
            channel.truncate(size);
        } catch (IOException e) {
            because.addSuppressed(e); // the next reopening cuts it
        }
    }

    private int lengthAt(long position) throws IOException {
        if (!fill(header.clear(), position)) {
            throw new IOException("cut short: " + path);
        }
        return header.getInt(16);
    }

    /** The whole and undamaged frame at a position that begins at {@code offset}. */
    private Optional<Piece> frameAt(long position, long offset) throws IOException {
        if (!fill(header.clear(), position)) {
            return Optional.empty();
        }
        int length = header.getInt(16);
        if (header.getLong(0) != offset || length < 1 || length > LONGEST_FRAME) {
            return Optional.empty();
        }
        long atMillis = header.getLong(8);
        int checksum = header.getInt(20);
        var bytes = ByteBuffer.allocate(length);
        header.position(20);
        if (!fill(bytes, position + HEADER)
                || checksum(header, bytes.array(), 0, length) != checksum) {
            return Optional.empty();
        }
        return Optional.of(new Piece(offset, atMillis, bytes.array()));
    }

    private boolean fill(ByteBuffer buffer, long position) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                return false;
            }
        }
        return true;
    }

    /** Over what is in the header so far, and the bytes. */
    private static int checksum(ByteBuffer header, byte[] bytes, int from, int length) {
        var checksum = new CRC32C();
        checksum.update(header.duplicate().flip());
        checksum.update(bytes, from, length);
        return (int) checksum.getValue();
    }
}
