package dev.muster.coordinator.log;

import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.http.Download;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.log.RecordingStore.Head;

import io.vertx.core.buffer.Buffer;

import java.util.Optional;
import java.util.function.Predicate;

/** An attempt's log as an asciicast, as far as it went when this was made. */
final class Recording implements Download {

    /**
     * What is read at a time: so many bytes and the rest of their last chunk, or so many chunks.
     */
    private static final int BYTES = 256 * 1024;

    private static final int CHUNKS = 2000;

    private final RecordingStore store;
    private final Head head;
    private final Cast cast;
    private final Predicate<Caller.Person> visible;
    private long start;
    private boolean begun;
    private boolean ended;

    Recording(
            RecordingStore store, Head head, Cast.Format format, Predicate<Caller.Person> visible) {
        this.store = store;
        this.head = head;
        this.cast = new Cast(format, store.markers(head), store.sizes(head));
        this.visible = visible;
    }

    @Override
    public Optional<Buffer> next() {
        if (ended) {
            return Optional.empty();
        }
        var piece = Buffer.buffer();
        if (!begun) {
            begun = true;
            var title = "Task #" + head.task() + ", attempt " + head.attempt();
            piece.appendBuffer(cast.header(title, head.grantedAt()));
        }
        if (start < head.bytes()) {
            read(piece);
        }
        if (start >= head.bytes()) {
            ended = true;
            cast.end(head.exit(), piece);
        }
        // it holds nothing when all that was read is the beginning of a character, or nothing is
        // left to be told at the end
        return piece.length() > 0 ? Optional.of(piece) : next();
    }

    private void read(Buffer piece) {
        var pieces = store.pieces(head, start, BYTES, CHUNKS);
        if (pieces.isEmpty()) {
            throw Problem.conflict("began_anew", "The attempt was given to another machine.");
        }
        for (var print : pieces) {
            if (print.dropped() > 0) {
                cast.drop(print.atMillis(), print.end() - start, piece);
            } else {
                cast.print(print.atMillis(), print.bytes().getBytes(), piece);
            }
            start = print.end();
        }
    }

    @Override
    public boolean mayGoOn(Caller.Person reader) {
        return visible.test(reader);
    }
}
