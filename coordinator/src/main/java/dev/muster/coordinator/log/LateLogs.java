package dev.muster.coordinator.log;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.Database.Transaction;
import dev.muster.coordinator.log.LateLogStore.Shown;
import dev.muster.coordinator.log.LateLogStore.Standing;
import dev.muster.coordinator.secret.Mask;
import dev.muster.coordinator.secret.Masks;
import dev.muster.protocol.message.LateAppend;
import dev.muster.protocol.message.LateAppended;
import dev.muster.protocol.message.LateAppended.Answer;
import dev.muster.protocol.wire.Wire;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What attempts printed that came when they were over: kept beside their logs, to be read. No task,
 * attempt or log is changed by it, and nobody is told of it. Thread-safe.
 *
 * <p>INVARIANT: a log and what is kept beside it are together a prefix of what its worker's journal
 * held, byte for byte but for what is masked here.
 */
public final class LateLogs {

    private static final Logger log = LoggerFactory.getLogger(LateLogs.class);

    /** So many bytes are kept of an attempt: as much as anybody will read of one that is over. */
    static final long MOST_BYTES = 16 * 1024 * 1024;

    private final Database database;
    private final LateLogStore store;
    private final Masks masks;

    /**
     * @param masks what is stored is masked once more
     */
    public LateLogs(Database database, Masks masks) {
        this.database = database;
        this.store = new LateLogStore(database);
        this.masks = masks;
    }

    /** Keeps what of a piece is new, if it is of an attempt of that machine that is over. */
    public LateAppended take(LateAppend piece) {
        while (true) { // as often as somebody changes its project's secrets meanwhile
            var mask = masks.now(piece.lease().task());
            var answer =
                    database.inTransaction(
                            "taking a late log", transaction -> take(transaction, piece, mask));
            if (answer.isPresent()) {
                return answer.get();
            }
        }
    }

    /** Empty if it has to be masked by other secrets. */
    private Optional<LateAppended> take(Transaction transaction, LateAppend piece, Mask mask) {
        var found = store.lock(transaction, piece.lease());
        if (found.isEmpty() || !isOf(found.get(), piece)) {
            return Optional.of(answer(Answer.REFUSED, 0));
        }
        var at = found.get();
        if (!at.ended()) {
            return Optional.of(answer(Answer.ALIVE, 0));
        }
        if (piece.offset() > at.end()) {
            return Optional.of(answer(Answer.GAP, at.end()));
        }
        if (piece.offset() + piece.bytes().length <= at.end()) {
            return Optional.of(answer(Answer.ACCEPTED, at.end()));
        }
        if (mask.version() < at.secrets()) {
            return Optional.empty();
        }
        return Optional.of(keep(transaction, piece, at, mask));
    }

    private static boolean isOf(Standing at, LateAppend piece) {
        return at.machine().equals(piece.machine()) && at.fence() == piece.lease().fence();
    }

    /** Some of the piece is new. */
    private LateAppended keep(Transaction transaction, LateAppend piece, Standing at, Mask mask) {
        var lease = piece.lease();
        int known = Math.toIntExact(at.end() - piece.offset());
        int fresh = piece.bytes().length - known;
        int kept = (int) Math.min(fresh, MOST_BYTES - at.late());
        if (kept > 0) {
            var bytes = Arrays.copyOfRange(piece.bytes(), known, known + kept);
            if (!mask.hidesNothing()) {
                var before = store.before(transaction, lease, at.end(), mask.reach());
                mask.overwrite(bytes, mask.overwrite(before, Mask.START));
            }
            store.grow(transaction, lease, at, bytes);
        }
        if (at.late() == 0) {
            log.info("late log begins {} offset={}", lease, at.end());
        }
        if (kept < fresh) {
            store.cut(transaction, lease);
            return answer(Answer.FULL, at.end() + kept);
        }
        return answer(Answer.ACCEPTED, at.end() + kept);
    }

    private static LateAppended answer(Answer answer, long stored) {
        return new LateAppended(Wire.VERSION, answer, stored);
    }

    /** How much is kept beside an attempt's log. */
    Shown shown(long task, int attempt) {
        return store.shown(task, attempt);
    }

    /** Lines of it from line {@code offset}, counted from 0, as {@link Logs#lines} does. */
    List<LogLine> lines(long task, int attempt, long offset, int limit) {
        return LineReader.lines(store.chunks(), task, attempt, offset, limit, true);
    }
}
