package dev.muster.worker.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * Reads a file of frames, one after the other: offset, moment, length, checksum over these and the
 * bytes, the bytes. Frames follow each other without a gap in their offsets. Not thread-safe; what
 * is in the file already may be read while somebody else appends.
 */
final class Frames {

    static final int HEADER = 8 + 8 + 4 + 4;

    // a longer frame is not ours: it must not make a reader allocate what a torn length says
    static final int LONGEST = 1024 * 1024;

    private final Path path;
    private final FileChannel channel;
    private final long start;
    private final ByteBuffer header = ByteBuffer.allocate(HEADER);

    // where the last read stood: the frame at this position begins at this offset
    private long cursorPosition;
    private long cursorOffset;

    /**
     * @param start offset of the first byte
     */
    Frames(Path path, FileChannel channel, long start) {
        this.path = path;
        this.channel = channel;
        this.start = start;
        this.cursorOffset = start;
    }

    /** What of the frame around an offset, which is in the file, lies from it on. */
    Piece read(long from) throws IOException {
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
        return at(cursorPosition, cursorOffset)
                .orElseThrow(() -> new IOException("damaged at " + from + ": " + path))
                .from(from);
    }

    private int lengthAt(long position) throws IOException {
        if (!fill(header.clear(), position)) {
            throw new IOException("cut short: " + path);
        }
        return header.getInt(16);
    }

    /** The whole and undamaged frame at a position that begins at {@code offset}. */
    Optional<Piece> at(long position, long offset) throws IOException {
        if (!fill(header.clear(), position)) {
            return Optional.empty();
        }
        int length = header.getInt(16);
        if (header.getLong(0) != offset || length < 1 || length > LONGEST) {
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
    static int checksum(ByteBuffer header, byte[] bytes, int from, int length) {
        var checksum = new CRC32C();
        checksum.update(header.duplicate().flip());
        checksum.update(bytes, from, length);
        return (int) checksum.getValue();
    }
}
