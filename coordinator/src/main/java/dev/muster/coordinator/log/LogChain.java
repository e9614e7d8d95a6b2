package dev.muster.coordinator.log;

import dev.muster.protocol.digest.Sha256;

import io.vertx.core.buffer.Buffer;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Goes along the pieces of a log and finds the first that is not what was stored once. The link of
 * a piece is the SHA-256 of the link before it and the piece's digest; the first one's is that of
 * 32 zeros. Used by one thread.
 */
final class LogChain {

    /** What is wrong with a log. */
    enum Wrong {
        ALTERED,
        MISSING,
        ADDED
    }

    /**
     * Where a log is not what was stored.
     *
     * @param offset of the first byte that it concerns
     */
    record Fault(long offset, Wrong wrong) {}

    /**
     * A piece as it is stored.
     *
     * @param link null if it is from before logs were chained
     * @param dropped how many bytes that were not kept it stands for, and then it has none and the
     *     link of the last of them; 0 for all others
     */
    record Piece(long start, long atMillis, Buffer bytes, @Nullable Buffer link, long dropped) {

        /** Where the next one begins. */
        long end() {
            return start + dropped + bytes.length();
        }
    }

    private Buffer link = Buffer.buffer(new byte[32]);
    private long end;
    private long unchained;
    private long dropped;

    /** What stands for a piece: the SHA-256 of where it begins, when it was printed, and it. */
    static byte[] digest(long start, long atMillis, byte[] bytes, int from, int length) {
        var sha = Sha256.begin();
        sha.update(ByteBuffer.allocate(2 * Long.BYTES).putLong(start).putLong(atMillis).flip());
        sha.update(bytes, from, length);
        return sha.digest();
    }

    /** Goes on to the next piece. */
    Optional<Fault> follow(Piece piece) {
        if (piece.start() != end) {
            var wrong = piece.start() > end ? Wrong.MISSING : Wrong.ADDED;
            return Optional.of(new Fault(end, wrong));
        }
        if (piece.link() == null && unchained == end) {
            unchained = piece.end();
        } else if (piece.link() != null && piece.dropped() > 0) {
            link = piece.link();
        } else {
            var bytes = piece.bytes().getBytes();
            var sha = Sha256.begin();
            sha.update(link.getBytes());
            sha.update(digest(piece.start(), piece.atMillis(), bytes, 0, bytes.length));
            link = Buffer.buffer(sha.digest());
            if (!link.equals(piece.link())) {
                return Optional.of(new Fault(piece.start(), Wrong.ALTERED));
            }
        }
        dropped += piece.dropped();
        end = piece.end();
        return Optional.empty();
    }

    /** Judges the whole, when no piece is left: whether it ends where and as it should. */
    Optional<Fault> end(long bytes, Buffer last) {
        if (end != bytes || !link.equals(last)) {
            return Optional.of(new Fault(end, Wrong.MISSING));
        }
        return Optional.empty();
    }

    /** Where the next piece begins. */
    long end() {
        return end;
    }

    /** How many bytes were not kept, so that nothing can be said about them. */
    long dropped() {
        return dropped;
    }

    /** How many bytes at the beginning are from before logs were chained. */
    long unchained() {
        return unchained;
    }
}
