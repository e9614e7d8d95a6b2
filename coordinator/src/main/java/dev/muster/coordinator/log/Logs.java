package dev.muster.coordinator.log;

import dev.muster.coordinator.db.Batch;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.secret.Masks;
import dev.muster.protocol.message.Append;
import dev.muster.protocol.message.Appended;
import dev.muster.protocol.message.LeaseRef;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/** Takes log bytes and shows them as lines. Thread-safe. */
public final class Logs {

    /** Bounds what one statement carries: so many pieces of at most {@link Append#MOST_BYTES}. */
    private static final int MOST_AT_ONCE = 32;

    private static final Logger log = LoggerFactory.getLogger(Logs.class);

    private final LogStore store;
    private final ResizeStore resizes;
    private final Batch<Append, LogStore.Taken> batch;
    private final LongSupplier most;
    private final Counter bytes;
    private final Counter dropped;

    /** Of what something is being dropped, and how often that was due meanwhile. */
    private final Map<LeaseRef, Integer> limited = new ConcurrentHashMap<>();

    /**
     * @param masks what is stored is masked once more
     * @param most how many bytes are kept of a log now
     */
    public Logs(Database database, Masks masks, LongSupplier most, MeterRegistry registry) {
        this.most = most;
        this.bytes =
                Counter.builder("muster.log.bytes")
                        .description("Log bytes stored")
                        .baseUnit("bytes")
                        .register(registry);
        this.dropped =
                Counter.builder("muster.log.dropped")
                        .description("Log bytes stored once and not kept, for their log's limit")
                        .baseUnit("bytes")
                        .register(registry);
        this.store = new LogStore(database, masks);
        this.resizes = new ResizeStore(database);
        this.batch =
                new Batch<>(
                        "appending to logs",
                        MOST_AT_ONCE,
                        piece -> piece.lease().task(),
                        store::append);
    }

    /**
     * Stores a piece if it is its attempt's next; the answer tells where the stored log ends. Of a
     * log that grows beyond its limit the middle is dropped soon after.
     */
    public Future<Appended> append(Append piece) {
        return batch.submit(piece)
                .map(
                        taken -> {
                            bytes.increment(taken.stored());
                            grew(piece.lease(), taken);
                            return taken.answer();
                        });
    }

    private void grew(LeaseRef lease, LogStore.Taken taken) {
        var limit = new LogLimit(most.getAsLong());
        long now = taken.answer().stored();
        if (limit.isDue(now - taken.stored(), now) && limited.merge(lease, 1, Integer::sum) == 1) {
            Thread.ofVirtual().name("limit-log-" + lease.task()).start(() -> drop(lease, limit));
        }
    }

    private void drop(LeaseRef lease, LogLimit limit) {
        int times;
        do {
            times = limited.getOrDefault(lease, 0);
            try {
                dropped.increment((double) store.limit(lease, limit.head(), limit.tail()));
            } catch (RuntimeException e) {
                log.warn("log stays longer than it may until it grows more {}", lease, e);
            }
        } while (!limited.remove(lease, times));
    }

    /**
     * Keeps the sizes that terminals were given, for those who watch them later.
     *
     * @param given no two of them at one place of one log
     */
    public void keep(List<Resize> given) {
        resizes.keep(given);
    }

    /**
     * Lines of an attempt's log from line {@code offset}, counted from 0. A last line without a
     * line feed is shown when nothing follows it.
     *
     * @return at most {@code limit} lines; fewer when the log, or what one answer may carry, ends
     */
    List<LogLine> lines(long task, int attempt, long offset, int limit) {
        return LineReader.lines(store.chunks(), task, attempt, offset, limit, true);
    }

    /** The same, without a last line that no line feed has ended: it may still grow. */
    List<LogLine> wholeLines(long task, int attempt, long offset, int limit) {
        return LineReader.lines(store.chunks(), task, attempt, offset, limit, false);
    }

    /**
     * Stored bytes of a log, or what was not kept of it.
     *
     * @param offset how many bytes come before them
     * @param dropped how many there were that are not kept, and then there are none; 0 for all
     *     others
     */
    public record Part(long offset, Buffer bytes, long dropped) {

        /** Where the next one begins. */
        public long end() {
            return offset + dropped + bytes.length();
        }
    }

    /**
     * Parts of an attempt's log, the first of which has or had byte {@code offset}; none if that is
     * not stored yet.
     *
     * @param most how many parts
     */
    public List<Part> stored(long task, int attempt, long offset, int most) {
        return store.around(task, attempt, offset, most).stream()
                .map(chunk -> new Part(chunk.start(), chunk.bytes(), chunk.dropped()))
                .filter(part -> part.end() > offset)
                .toList();
    }

    /** How the logs of these attempts stand; what no machine was given yet is left out. */
    Map<LogStore.LogId, LogStore.LogState> states(Set<LogStore.LogId> logs) {
        return store.states(logs);
    }

    /** How many lines are stored, the last one though no line feed ended it yet. */
    long count(long task, int attempt) {
        return store.lines(task, attempt);
    }
}
