package dev.muster.ops.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.protocol.message.LateAppend;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.worker.journal.Journal;
import dev.muster.worker.journal.Journals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a worker has on disk of what its attempts printed. The daemon may live: it is a copy that is
 * read.
 */
final class WorkerDisk {

    private final Path journals;
    private final Path scratch;

    /**
     * The disk of one worker.
     *
     * @param data its data directory
     * @param scratch a directory for copies
     */
    WorkerDisk(Path data, Path scratch) {
        this.journals = data.resolve("journals");
        this.scratch = scratch;
    }

    /**
     * What an attempt printed, as far as it is still there.
     *
     * @param from offset in its log
     */
    record Printed(LeaseRef lease, long from, byte[] bytes) {}

    /** What a task's first attempt printed, which is all of it. */
    byte[] printed(long task) throws IOException {
        var all = new ByteArrayOutputStream();
        for (var printed : read(task + "-1-")) {
            assertThat(printed.from()).isZero();
            all.writeBytes(printed.bytes());
        }
        return all.toByteArray();
    }

    /** Of every attempt of which anything is there. */
    List<Printed> all() throws IOException {
        return Files.exists(journals) ? read("") : List.of();
    }

    private List<Printed> read(String prefix) throws IOException {
        var copied = Journals.in(copy(prefix), Long.MAX_VALUE);
        var all = new ArrayList<Printed>();
        for (var lease : copied.leftBehind()) {
            try (var journal = copied.reopen(lease)) {
                all.add(new Printed(lease, journal.start(), read(journal)));
            }
        }
        return all;
    }

    private static byte[] read(Journal journal) throws IOException {
        var bytes = new ByteArrayOutputStream();
        for (long next = journal.start(); next < journal.size(); ) {
            var stretch = journal.peek(next, LateAppend.MOST_BYTES).orElseThrow();
            bytes.writeBytes(stretch.bytes());
            next += stretch.bytes().length;
        }
        return bytes.toByteArray();
    }

    private Path copy(String prefix) throws IOException {
        var copy = Files.createTempDirectory(scratch, "journals");
        try (var files = Files.list(journals)) {
            for (var file : files.toList()) {
                var name = file.getFileName().toString();
                if (name.startsWith(prefix)) {
                    copy(file, copy.resolve(name));
                }
            }
        }
        return copy;
    }

    private static void copy(Path file, Path copy) throws IOException {
        try {
            Files.copy(file, copy);
        } catch (NoSuchFileException e) {
            // all of it is acknowledged meanwhile
        }
    }
}
