package dev.muster.coordinator.audit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What this coordinator saw of the chain, kept outside the database: without it nobody could tell
 * that the newest entries are gone. A line per head, {@code time seq mac}, mode 0600.
 */
public final class Heads {

    private static final String FILE = "audit-heads";
    private static final long MOST_BYTES = 1 << 20;
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    /**
     * What a file says.
     *
     * @param unreadable how many lines are not understood; a crash may leave one
     */
    public record Read(List<Head> heads, int unreadable) {
        public Read {
            heads = List.copyOf(heads);
        }
    }

    private final Path file;
    private final long mostBytes;

    /**
     * @param data the coordinator's data directory
     */
    public Heads(Path data) {
        this(data, MOST_BYTES);
    }

    Heads(Path data, long mostBytes) {
        this.file = data.resolve(FILE);
        this.mostBytes = mostBytes;
    }

    public Path file() {
        return file;
    }

    /** Adds a head; it is on disk when this returns. */
    void append(Head head, Instant at) {
        try {
            if (Files.exists(file) && Files.size(file) > mostBytes) {
                forgetOlderHalf();
            }
            var options =
                    Set.of(
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE,
                            StandardOpenOption.APPEND);
            try (var channel = FileChannel.open(file, options, OWNER_ONLY)) {
                // A line that a crash cut short must not swallow this one.
                var line = (endsWithLine() ? "" : "\n") + at + " " + head.seq() + " " + head.mac();
                write(channel, line + "\n");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }

    private boolean endsWithLine() throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (channel.size() == 0) {
                return true;
            }
            var last = ByteBuffer.allocate(1);
            channel.read(last, channel.size() - 1);
            return last.get(0) == '\n';
        }
    }

    /** The newest of all vouches for the most: half of what is kept does. */
    private void forgetOlderHalf() throws IOException {
        var lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
        var kept = String.join("\n", lines.subList(lines.size() / 2, lines.size())) + "\n";
        var fresh = file.resolveSibling(FILE + ".new");
        Files.deleteIfExists(fresh);
        var options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (var channel = FileChannel.open(fresh, options, OWNER_ONLY)) {
            write(channel, kept);
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void write(FileChannel channel, String text) throws IOException {
        var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        channel.force(true);
    }

    public boolean exist() {
        return Files.exists(file);
    }

    /**
     * All that is kept, oldest first.
     *
     * @throws IOException if there is no file, or it cannot be read
     */
    public Read read() throws IOException {
        var heads = new ArrayList<Head>();
        int unreadable = 0;
        for (var line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
            var head = Head.parse(line.substring(line.indexOf(' ') + 1));
            head.ifPresent(heads::add);
            unreadable += head.isPresent() ? 0 : 1;
        }
        return new Read(heads, unreadable);
    }
}
