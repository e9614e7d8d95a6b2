package dev.muster.worker.journal;

import dev.muster.protocol.message.LeaseRef;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The journals of a daemon, in a directory that only it may read. */
public final class Journals {

    private static final long SEGMENT_SIZE = 8 * 1024 * 1024;
    private static final Pattern NAME =
            Pattern.compile("(\\d{1,18})-(\\d{1,9})-(\\d{1,18})\\.([0-9a-f]{16})\\.journal");

    private final Path directory;
    private final long limit;
    private final long segmentSize;

    private Journals(Path directory, long limit, long segmentSize) {
        this.directory = directory;
        this.limit = limit;
        this.segmentSize = segmentSize;
    }

    /**
     * The journals in a directory, which is made if missing.
     *
     * @param limit how many bytes of a log may be unacknowledged before its terminal waits
     */
    public static Journals in(Path directory, long limit) throws IOException {
        return in(directory, limit, SEGMENT_SIZE);
    }

    /** The same, whose files are of another size: what is acknowledged goes file by file. */
    public static Journals in(Path directory, long limit, long segmentSize) throws IOException {
        var ownerOnly = PosixFilePermissions.fromString("rwx------");
        Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(ownerOnly));
        Files.setPosixFilePermissions(directory, ownerOnly);
        return new Journals(directory, limit, segmentSize);
    }

    /**
     * The journal of a new attempt. It has no file until something is printed.
     *
     * @param appended called after each append by the thread that made it; must not block
     */
    public Journal create(LeaseRef lease, Runnable appended) {
        return new Journal(directory, lease, new ArrayDeque<>(), limit, segmentSize, appended);
    }

    /** The attempts of which an earlier daemon left a journal. */
    public List<LeaseRef> leftBehind() throws IOException {
        try (var files = Files.list(directory)) {
            return files.flatMap(file -> leaseOf(file).stream()).distinct().toList();
        }
    }

    /**
     * The finished journal that an earlier daemon left of an attempt, cut back to what was written
     * whole; empty if it left none.
     */
    public Journal reopen(LeaseRef lease) throws IOException {
        Deque<Segment> segments = new ArrayDeque<>();
        for (var file : filesOf(lease)) {
            long start = startOf(file);
            if (!segments.isEmpty() && segments.getLast().end() != start) {
                Files.delete(file); // behind a torn segment: a log has no holes
                continue;
            }
            segments.addLast(Segment.reopen(file, start));
        }
        var journal = new Journal(directory, lease, segments, limit, segmentSize, () -> {});
        journal.finish();
        return journal;
    }

    private List<Path> filesOf(LeaseRef lease) throws IOException {
        try (var files = Files.list(directory)) {
            return files.filter(file -> leaseOf(file).filter(lease::equals).isPresent())
                    .sorted() // by start, for the digits have one length
                    .toList();
        }
    }

    static Path path(Path directory, LeaseRef lease, long start) {
        return directory.resolve(
                "%d-%d-%d.%016x.journal"
                        .formatted(lease.task(), lease.attempt(), lease.fence(), start));
    }

    private static Optional<LeaseRef> leaseOf(Path file) {
        var name = NAME.matcher(file.getFileName().toString());
        if (!name.matches()) {
            return Optional.empty();
        }
        return Optional.of(
                new LeaseRef(
                        Long.parseLong(name.group(1)),
                        Integer.parseInt(name.group(2)),
                        Long.parseLong(name.group(3))));
    }

    private static long startOf(Path file) {
        var name = NAME.matcher(file.getFileName().toString());
        if (!name.matches()) {
            throw new IllegalArgumentException("not a journal: " + file);
        }
        return Long.parseUnsignedLong(name.group(4), 16);
    }
}
