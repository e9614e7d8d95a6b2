package dev.muster.worker.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file of {@link Frames} that grows. Not thread-safe. */
final class Segment implements AutoCloseable {

    private final Path path;
    private final FileChannel channel;
    private final long start;
    private final Frames frames;
    private final ByteBuffer header = ByteBuffer.allocate(Frames.HEADER);

    private long end; // offset behind the last byte
    private long size; // of the whole frames in the file

    private Segment(Path path, FileChannel channel, long start) {
        this.path = path;
        this.channel = channel;
        this.start = start;
        this.end = start;
        this.frames = new Frames(path, channel, start);
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
        for (var frame = segment.frames.at(0, start);
                frame.isPresent();
                frame = segment.frames.at(segment.size, segment.end)) {
            segment.end = frame.get().end();
            segment.size += Frames.HEADER + frame.get().bytes().length;
        }
        if (channel.size() > segment.size) {
            channel.truncate(segment.size);
        }
        return segment;
    }

    Path path() {
        return path;
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
        header.putInt(Frames.checksum(header, bytes, from, length)).flip();
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
        size += Frames.HEADER + length;
        end += length;
    }

    /** What of the frame around an offset lies from it on. */
    Piece read(long from) throws IOException {
        if (from < start || from >= end) {
            throw new IllegalArgumentException(from + " is not in " + path);
        }
        return frames.read(from);
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
}
