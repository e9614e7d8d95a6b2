package dev.muster.coordinator.log;

import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.log.LogChain.Fault;
import dev.muster.coordinator.log.LogChain.Wrong;
import dev.muster.coordinator.log.RecordingStore.Head;

import java.util.Optional;

/**
 * Whether a log is what was stored.
 *
 * @param unchained how many bytes at its beginning nothing can be said about: they are from before
 *     logs were chained
 * @param dropped how many bytes were not kept, so that nothing can be said about them either
 * @param fault the first
 */
record LogVerification(long unchained, long dropped, Optional<Fault> fault) {

    private static final int BYTES = 1024 * 1024;
    private static final int CHUNKS = 2000;

    /**
     * Reads the whole log.
     *
     * @throws Problem if it begins anew meanwhile, or some of it is dropped
     */
    static LogVerification of(RecordingStore store, Head head) {
        long dropped = store.dropped(head);
        var chain = new LogChain();
        var fault = follow(chain, store, head).or(() -> chain.end(head.bytes(), head.link()));
        boolean same =
                store.head(head.task(), head.attempt())
                        .filter(now -> now.fence() == head.fence())
                        .isPresent();
        if (!same) {
            throw Problem.conflict("began_anew", "The attempt was given to another machine.");
        }
        if (fault.isPresent() && store.dropped(head) != dropped) {
            throw Problem.conflict(
                    "log_shortened", "Some of the log was dropped meanwhile: ask again.");
        }
        return new LogVerification(
                chain.unchained(), chain.dropped(), fault.or(() -> behind(store, head)));
    }

    private static Optional<Fault> follow(LogChain chain, RecordingStore store, Head head) {
        while (chain.end() < head.bytes()) {
            var pieces = store.pieces(head, chain.end(), BYTES, CHUNKS);
            for (var piece : pieces) {
                var fault = chain.follow(piece);
                if (fault.isPresent()) {
                    return fault;
                }
            }
            if (pieces.isEmpty()) {
                break;
            }
        }
        return Optional.empty();
    }

    private static Optional<Fault> behind(RecordingStore store, Head head) {
        var start = store.behind(head);
        return start.isPresent()
                ? Optional.of(new Fault(start.getAsLong(), Wrong.ADDED))
                : Optional.empty();
    }
}
