package dev.muster.worker.journal;

import dev.muster.protocol.message.Append;
import dev.muster.protocol.message.LeaseRef;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The log of one attempt: appended by its terminal, read and acknowledged by the uplink, and read
 * by any number of others beside it. Thread-safe.
 *
 * <p>INVARIANT: acknowledged() &lt;= what is in the file &lt;= size(), and nothing between is ever
 * changed or lost.
 */
public final class Journal implements AutoCloseable {

    /** How many bytes of a journal are also in memory. */
    public static final int MOST_IN_MEMORY = 1024 * 1024;

    // pieces printed closer together than this count as one; a recording loses no more than it
    private static final int COALESCED_MILLIS = 250;

    private final Path directory;
    private final LeaseRef lease;
    private final long limit;
    private final long segmentSize;
    private final Runnable appended;
    private final List<Runnable> watchers = new CopyOnWriteArrayList<>();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();

    // guarded by lock; the last segment is the one that grows
    private final Deque<Segment> segments;
    private final Recent recent;
    private long acknowledged;
    private long end; // stays when the files are gone
    private @Nullable JournalFailure failure;
    private boolean finished;

    Journal(
            Path directory,
            LeaseRef lease,
            Deque<Segment> segments,
            long limit,
            long segmentSize,
            Runnable appended) {
        this.directory = directory;
        this.lease = lease;
        this.segments = new ArrayDeque<>(segments);
        this.limit = limit;
        this.segmentSize = segmentSize;
        this.appended = appended;
        this.acknowledged = segments.isEmpty() ? 0 : segments.getFirst().start();
        this.end = segments.isEmpty() ? 0 : segments.getLast().end();
        this.recent = new Recent(MOST_IN_MEMORY, COALESCED_MILLIS, end);
    }

    public LeaseRef lease() {
        return lease;
    }

    /**
     * Reads beside the uplink.
     *
     * @param news called after each append and at the end by the thread that made it; must not
     *     block
     */
    public JournalReader reader(Runnable news) {
        watchers.add(news);
        return new JournalReader(this, () -> watchers.remove(news));
    }

    /**
     * Adds bytes at the end. Waits while as much as may be is unacknowledged.
     *
     * @param atMillis when they were printed, from the attempt's arrival
     * @throws JournalFailure if they cannot be written; no later append can then either, for a log
     *     has no holes
     * @throws IOException if the journal is finished, or the waiting was interrupted
     */
    public void append(long atMillis, byte[] bytes, int from, int length) throws IOException {
        if (length == 0) {
            return;
        }
        lock.lock();
        try {
            awaitRoom();
            for (int done = 0; done < length; ) {
                int part = Math.min(length - done, Frames.LONGEST);
                write(atMillis, bytes, from + done, part);
                done += part;
            }
        } finally {
            lock.unlock();
        }
        watchers.forEach(Runnable::run);
        appended.run();
    }

    /**
     * What follows an offset; empty at the end.
     *
     * @param from not before what was acknowledged
     * @param most how many bytes at most
     * @throws IOException if the file cannot be read, or is damaged
     */
    public Optional<Stretch> peek(long from, int most) throws IOException {
        lock.lock();
        try {
            if (from < start() || from > end) {
                throw new IllegalArgumentException(
                        "offset " + from + " of a journal from " + start() + " to " + end);
            }
            if (from == end) {
                return Optional.empty();
            }
            return Optional.of(gather(from, most));
        } finally {
            lock.unlock();
        }
    }

    /** The coordinator has everything before {@code offset}. Never goes back. */
    public void acknowledge(long offset) throws IOException {
        lock.lock();
        try {
            if (offset > end) {
                throw new IllegalArgumentException(
                        "acknowledged " + offset + " of a journal that ends at " + end);
            }
            if (offset <= acknowledged) {
                return;
            }
            acknowledged = offset;
            recent.acknowledged(offset);
            room.signalAll();
            while (segments.size() > 1 && segments.getFirst().end() <= offset) {
                segments.removeFirst().delete();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Where what follows an offset, or follows what of it was forgotten, is to be had. */
    Found find(long from, int most) {
        lock.lock();
        try {
            long at = Math.max(from, start());
            if (recent.holds(at)) {
                return new Found.InMemory(recent.pieces(at, most));
            }
            for (var segment : segments) {
                if (at < segment.end()) {
                    return new Found.OnDisk(segment.path(), segment.start(), at, segment.end());
                }
            }
            return new Found.Nothing();
        } finally {
            lock.unlock();
        }
    }

    /** What follows an offset, if that is in memory; for any thread, since no file is read. */
    public Optional<Piece> recent(long from, int most) {
        return find(from, most) instanceof Found.InMemory(var piece)
                ? Optional.of(piece)
                : Optional.empty();
    }

    /** Where what it still has begins. */
    public long start() {
        lock.lock();
        try {
            return segments.isEmpty()
                    ? recent.start()
                    : Math.min(segments.getFirst().start(), recent.start());
        } finally {
            lock.unlock();
        }
    }

    /** Up to where the coordinator has the log. */
    public long acknowledged() {
        lock.lock();
        try {
            return acknowledged;
        } finally {
            lock.unlock();
        }
    }

    /** How many bytes the log has. */
    public long size() {
        lock.lock();
        try {
            return end;
        } finally {
            lock.unlock();
        }
    }

    /** Nothing more will be printed: appends fail from now on, also one that waits. */
    public void finish() {
        lock.lock();
        try {
            finished = true;
            room.signalAll();
        } finally {
            lock.unlock();
        }
        watchers.forEach(Runnable::run);
    }

    /** Whether nothing more will be printed. */
    public boolean isFinished() {
        lock.lock();
        try {
            return finished;
        } finally {
            lock.unlock();
        }
    }

    /** Whether the coordinator has all there will ever be. */
    public boolean isDrained() {
        lock.lock();
        try {
            return finished && acknowledged == end;
        } finally {
            lock.unlock();
        }
    }

    /** When the last of its files was written, by the computer's clock. */
    public Instant lastWritten() throws IOException {
        lock.lock();
        try {
            return segments.isEmpty()
                    ? Instant.EPOCH
                    : Files.getLastModifiedTime(segments.getLast().path()).toInstant();
        } finally {
            lock.unlock();
        }
    }

    /** Finishes and deletes: everything was acknowledged, or nobody wants it. */
    public void delete() throws IOException {
        lock.lock();
        try {
            finish();
            while (!segments.isEmpty()) {
                segments.removeFirst().delete();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Finishes and leaves the files for the next daemon. */
    @Override
    public void close() throws IOException {
        lock.lock();
        try {
            finish();
            for (var segment : segments) {
                segment.close();
            }
        } finally {
            lock.unlock();
        }
    }

    private void awaitRoom() throws IOException {
        try {
            while (!finished && failure == null && end - acknowledged >= limit) {
                room.await();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the journal was full");
        }
        if (failure != null) {
            throw failure;
        }
        if (finished) {
            throw new IOException("the journal is finished: " + lease);
        }
    }

    private void write(long atMillis, byte[] bytes, int from, int length) throws JournalFailure {
        try {
            if (segments.isEmpty() || segments.getLast().size() >= segmentSize) {
                segments.addLast(Segment.create(Journals.path(directory, lease, end), end));
            }
            segments.getLast().append(atMillis, bytes, from, length);
            recent.add(atMillis, bytes, from, length);
            end += length;
        } catch (IOException e) {
            failure = JournalFailure.of(e);
            room.signalAll();
            throw failure;
        }
    }

    private Stretch gather(long from, int most) throws IOException {
        var first = around(from, most);
        var moments = new ArrayList<Append.Moment>();
        long at = first.atMillis();
        var gathered = new ByteArrayOutputStream(Math.min(most, 8192));
        gathered.write(first.bytes(), 0, Math.min(most, first.bytes().length));
        long next = from + gathered.size();
        while (gathered.size() < most && next < end) {
            var piece = around(next, most - gathered.size());
            if (piece.atMillis() - at > COALESCED_MILLIS) {
                if (moments.size() == Append.MOST_MOMENTS) {
                    break;
                }
                at = piece.atMillis();
                moments.add(new Append.Moment(gathered.size(), at));
            }
            gathered.write(
                    piece.bytes(), 0, Math.min(most - gathered.size(), piece.bytes().length));
            next = from + gathered.size();
        }
        return new Stretch(from, first.atMillis(), gathered.toByteArray(), moments);
    }

    /** What was printed at once, from an offset on. */
    private Piece around(long from, int most) throws IOException {
        if (recent.holds(from)) {
            return recent.piece(from, most);
        }
        for (var segment : segments) {
            if (from < segment.end()) {
                return segment.read(from);
            }
        }
        throw new AssertionError("no segment has offset " + from);
    }
}
