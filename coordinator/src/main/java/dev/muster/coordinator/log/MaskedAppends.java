package dev.muster.coordinator.log;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.muster.coordinator.secret.Mask;
import dev.muster.coordinator.secret.Masks;
import dev.muster.protocol.message.Append;
import dev.muster.protocol.message.LeaseRef;

/**
 * Masks pieces of logs once more before they are stored, for a worker may not have. What a needle
 * covers of a piece is overwritten; the part of it that an earlier piece brought is stored by then,
 * and stays. Remembers of each log how it ended, so that needles are found over the borders of
 * pieces; what another coordinator stored is read. Thread-safe.
 */
final class MaskedAppends {

    private static final int MOST_LOGS = 10_000;

    /**
     * A piece as it is to be stored.
     *
     * @param as it came
     * @param state what its bytes lead to
     */
    record Masked(Append piece, Append as, Mask mask, int state) {}

    /** How a stored log ends. What a state means only the mask of that identity knows. */
    private record End(LeaseRef lease, long offset, Object mask, int state) {}

    private final Masks masks;
    private final LogStore store;
    private final Cache<Long, End> ends = Caffeine.newBuilder().maximumSize(MOST_LOGS).build();

    MaskedAppends(Masks masks, LogStore store) {
        this.masks = masks;
        this.store = store;
    }

    Masked expected(Append piece) {
        return masked(piece, masks.expected(piece.lease().task()));
    }

    /** The same when its project's secrets are of another version than was expected. */
    Masked other(Append piece, long project, long version) {
        return masked(piece, masks.other(piece.lease().task(), project, version));
    }

    private Masked masked(Append piece, Mask mask) {
        if (mask.hidesNothing()) {
            return new Masked(piece, piece, mask, Mask.START);
        }
        var bytes = piece.bytes().clone();
        int state = mask.overwrite(bytes, before(piece, mask));
        var stored =
                new Append(
                        piece.v(),
                        piece.machine(),
                        piece.boot(),
                        piece.lease(),
                        piece.offset(),
                        piece.atMillis(),
                        bytes,
                        piece.moments());
        return new Masked(stored, piece, mask, state);
    }

    private int before(Append piece, Mask mask) {
        if (piece.offset() == 0) {
            return Mask.START;
        }
        var lease = piece.lease();
        var end = ends.getIfPresent(lease.task());
        if (end != null
                && end.lease().equals(lease)
                && end.offset() == piece.offset()
                && end.mask().equals(mask.identity())) {
            return end.state();
        }
        return mask.overwrite(
                store.before(lease.task(), lease.attempt(), piece.offset(), mask.reach()),
                Mask.START);
    }

    /** It was stored. */
    void stored(Masked one) {
        if (one.mask().hidesNothing()) {
            return;
        }
        var piece = one.piece();
        long offset = piece.offset() + piece.bytes().length;
        ends.put(
                piece.lease().task(),
                new End(piece.lease(), offset, one.mask().identity(), one.state()));
    }
}
