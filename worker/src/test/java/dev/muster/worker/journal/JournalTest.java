package dev.muster.worker.journal;

import static dev.muster.worker.Eventually.eventually;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.protocol.message.Append;
import dev.muster.protocol.message.LeaseRef;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;

class JournalTest {

    private static final LeaseRef LEASE = new LeaseRef(42, 1, 3);
    private static final long LIMIT = 1024 * 1024;

    @TempDir Path home;

    @Test
    void whatIsAppendedIsReadBackAtOnceWithItsMoments() throws Exception {
        try (var journal = journals().create(LEASE, () -> {})) {
            append(journal, 5, "one ");
            append(journal, 6, "two ");
            append(journal, 400, "three");

            var all = journal.peek(0, 100).orElseThrow();
            assertThat(text(all)).isEqualTo("one two three");
            assertThat(all.atMillis()).isEqualTo(5);
            assertThat(all.moments()).containsExactly(new Append.Moment(8, 400));
            assertThat(journal.peek(0, 8).orElseThrow().moments()).isEmpty();
            assertThat(text(journal.peek(2, 3).orElseThrow())).isEqualTo("e t");
            assertThat(journal.peek(8, 100).orElseThrow().atMillis()).isEqualTo(400);
            assertThat(journal.peek(13, 100)).isEmpty();
        }
    }

    @Test
    void noMoreMomentsAreReadAtOnceThanAMessageMayTell() throws Exception {
        try (var journal = journals().create(LEASE, () -> {})) {
            for (int n = 0; n <= Append.MOST_MOMENTS + 1; n++) {
                append(journal, n * 1_000L, "x");
            }

            var first = journal.peek(0, 1_000).orElseThrow();
            assertThat(first.moments()).hasSize(Append.MOST_MOMENTS);
            assertThat(first.bytes()).hasSize(Append.MOST_MOMENTS + 1);
        }
    }

    @Test
    void aSilentAttemptHasNoFile() throws Exception {
        try (var journal = journals().create(LEASE, () -> {})) {
            assertThat(journal.peek(0, 100)).isEmpty();
        }
        assertThat(journals().leftBehind()).isEmpty();
    }

    @Test
    void theUplinkIsToldOfEachAppend() throws Exception {
        var told = new AtomicInteger();
        try (var journal = journals().create(LEASE, told::incrementAndGet)) {
            append(journal, 0, "a");
            append(journal, 0, "b");
        }
        assertThat(told).hasValue(2);
    }

    @Test
    void anAppendWaitsWhileTooMuchIsUnacknowledged() throws Exception {
        try (var journal = Journals.in(home, 10).create(LEASE, () -> {})) {
            append(journal, 0, "0123456789");
            var waiting = waitingAppend(journal);

            journal.acknowledge(4);
            waiting.get();

            assertThat(journal.size()).isEqualTo(11);
        }
    }

    @Test
    void aWaitingAppendEndsWithTheJournal() throws Exception {
        try (var journal = Journals.in(home, 1).create(LEASE, () -> {})) {
            append(journal, 0, "full");
            var waiting = waitingAppend(journal);

            journal.finish();

            assertThatThrownBy(waiting::get)
                    .isInstanceOf(ExecutionException.class)
                    .hasMessageContaining("finished");
        }
    }

    @Test
    void aWaitingAppendCanBeInterrupted() throws Exception {
        try (var journal = Journals.in(home, 1).create(LEASE, () -> {})) {
            append(journal, 0, "full");
            var waiting = new FutureTask<>(() -> append(journal, 0, "x"));
            var thread = Thread.ofPlatform().start(waiting);
            eventually("it waits", () -> thread.getState() == Thread.State.WAITING);

            thread.interrupt();

            assertThatThrownBy(waiting::get).hasCauseInstanceOf(InterruptedIOException.class);
        }
    }

    @Test
    void acknowledgedSegmentsLeaveTheDisk() throws Exception {
        var journals = Journals.in(home, LIMIT, 1000);
        try (var journal = journals.create(LEASE, () -> {})) {
            for (int i = 0; i < 50; i++) {
                append(journal, i, "x".repeat(100));
            }
            long before = files();
            journal.acknowledge(4_500);

            assertThat(before).isGreaterThan(4);
            assertThat(files()).isLessThanOrEqualTo(2);
            assertThat(journal.peek(4_500, 1_000).orElseThrow().bytes()).hasSize(500);
        }
        try (var again = journals.reopen(LEASE)) {
            assertThat(again.size()).isEqualTo(5_000);
            assertThat(again.acknowledged()).isGreaterThan(3_500);
        }
    }

    @Test
    void aDrainedJournalIsDeleted() throws Exception {
        try (var journal = journals().create(LEASE, () -> {})) {
            append(journal, 0, "all");
            journal.finish();
            assertThat(journal.isDrained()).isFalse();
            journal.acknowledge(3);
            assertThat(journal.isDrained()).isTrue();

            journal.delete();

            assertThat(files()).isZero();
        }
    }

    @Test
    void aJournalCutAnywhereIsReadUpToItsLastWholeFrame() throws Exception {
        var pieces = new String[] {"first", "second ", "ü", "last one"};
        try (var journal = journals().create(LEASE, () -> {})) {
            for (int i = 0; i < pieces.length; i++) {
                append(journal, i, pieces[i]);
            }
        }
        var file = Journals.path(home, LEASE, 0);
        var whole = Files.readAllBytes(file);
        var text = String.join("", pieces).getBytes(StandardCharsets.UTF_8);
        for (int cut = 0; cut <= whole.length; cut++) {
            Files.write(file, Arrays.copyOf(whole, cut));
            try (var torn = journals().reopen(LEASE)) {
                int kept = 0;
                int frames = 0;
                for (var piece : pieces) {
                    int length = piece.getBytes(StandardCharsets.UTF_8).length;
                    frames += Frames.HEADER + length;
                    kept += frames <= cut ? length : 0;
                }
                assertThat(torn.size()).as("cut at %d", cut).isEqualTo(kept);
                if (kept > 0) {
                    assertThat(torn.peek(0, 100).orElseThrow().bytes())
                            .isEqualTo(Arrays.copyOf(text, kept));
                }
            }
        }
    }

    @Test
    void aJournalDamagedAnywhereIsReadUpToTheDamage() throws Exception {
        try (var journal = journals().create(LEASE, () -> {})) {
            append(journal, 1, "good");
            append(journal, 2, "bad");
        }
        var file = Journals.path(home, LEASE, 0);
        var whole = Files.readAllBytes(file);
        int second = Frames.HEADER + 4;
        for (int at = second; at < whole.length; at++) {
            var damaged = whole.clone();
            damaged[at] ^= 0x10;
            Files.write(file, damaged);
            try (var journal = journals().reopen(LEASE)) {
                assertThat(journal.size()).as("damage at %d", at).isEqualTo(4);
            }
        }
    }

    @Test
    void anyAppendsReadsAndAcknowledgementsAgreeWithAPlainArray() throws Exception {
        for (long seed = 0; seed < 30; seed++) {
            var random = new Random(seed);
            var lease = new LeaseRef(seed + 1, 1, 1);
            var all = new byte[400_000];
            random.nextBytes(all);
            int written = 0;
            try (var journal = Journals.in(home, all.length, 20_000).create(lease, () -> {})) {
                while (written < all.length) {
                    int length = Math.min(all.length - written, 1 + random.nextInt(9_000));
                    journal.append(random.nextInt(1000), all, written, length);
                    written += length;
                    long acknowledged = journal.acknowledged();
                    long from = acknowledged + random.nextLong(written - acknowledged);
                    var piece = journal.peek(from, 1 + random.nextInt(30_000)).orElseThrow();
                    assertThat(piece.bytes())
                            .as("seed %d at %d", seed, from)
                            .isEqualTo(
                                    Arrays.copyOfRange(
                                            all, (int) from, (int) from + piece.bytes().length));
                    if (random.nextInt(3) == 0) {
                        journal.acknowledge(from);
                    }
                }
            }
            try (var again = Journals.in(home, LIMIT).reopen(lease)) {
                long at = again.acknowledged();
                while (at < all.length) {
                    var piece = again.peek(at, Append.MOST_BYTES).orElseThrow();
                    long end = at + piece.bytes().length;
                    assertThat(piece.bytes())
                            .isEqualTo(Arrays.copyOfRange(all, (int) at, (int) end));
                    at = end;
                }
            }
        }
    }

    @Test
    void moreThanMemoryHoldsIsReadFromTheFile() throws Exception {
        var all = new byte[3 * Journal.MOST_IN_MEMORY];
        new Random(1).nextBytes(all);
        try (var journal = Journals.in(home, all.length * 2L).create(LEASE, () -> {})) {
            for (int start = 0; start < all.length; start += 4096) {
                journal.append(0, all, start, 4096);
            }
            int at = 0;
            while (at < all.length) {
                var piece = journal.peek(at, Append.MOST_BYTES).orElseThrow();
                assertThat(piece.bytes())
                        .hasSize(Append.MOST_BYTES)
                        .isEqualTo(Arrays.copyOfRange(all, at, at + Append.MOST_BYTES));
                at += piece.bytes().length;
            }
        }
    }

    @Test
    void aFullDiskIsNamedAndWhatWasWrittenStays() throws Exception {
        var failing = home.resolve("full");
        Files.createSymbolicLink(failing, Path.of("/dev/full"));
        try (var segment = Segment.reopen(failing, 0)) {
            assertThatThrownBy(() -> segment.append(0, new byte[100], 0, 100))
                    .isInstanceOfSatisfying(
                            IOException.class,
                            e -> assertThat(JournalFailure.of(e).reason()).isEqualTo("disk_full"));
            assertThat(segment.end()).isZero();
        }
    }

    @Test
    void aJournalThatCannotBeWrittenFailsAndStaysReadable() throws Exception {
        var directory = home.resolve("journals");
        var journals = Journals.in(directory, LIMIT, 1);
        try (var journal = journals.create(LEASE, () -> {})) {
            append(journal, 0, "kept");
            Files.createDirectory(Journals.path(directory, LEASE, 4)); // in the next segment's way

            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> append(journal, 0, "lost"))
                        .isInstanceOfSatisfying(
                                JournalFailure.class,
                                e -> assertThat(e.reason()).isEqualTo("disk_failed"));
            }
            assertThat(text(journal.peek(0, 100).orElseThrow())).isEqualTo("kept");
        }
    }

    @Test
    void onlyTheDaemonReadsItsJournals() throws Exception {
        var directory = home.resolve("journals");
        Journals.in(directory, LIMIT);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                .isEqualTo("rwx------");
    }

    @Test
    void leftJournalsAreFoundByTheirLease() throws Exception {
        try (var journal = Journals.in(home, LIMIT, 1).create(LEASE, () -> {})) {
            append(journal, 0, "a");
            append(journal, 0, "b");
        }
        Files.createFile(home.resolve("something else"));

        assertThat(journals().leftBehind()).containsExactly(LEASE);
        try (var again = journals().reopen(LEASE)) {
            assertThat(text(again.peek(0, 100).orElseThrow())).isEqualTo("ab");
            assertThatThrownBy(() -> append(again, 0, "more")).hasMessageContaining("finished");
        }
    }

    private Journals journals() throws IOException {
        return Journals.in(home, LIMIT);
    }

    private long files() throws IOException {
        try (var files = Files.list(home)) {
            return files.count();
        }
    }

    private static FutureTask<Object> waitingAppend(Journal journal) throws Exception {
        var waiting = new FutureTask<Object>(() -> append(journal, 0, "x"));
        var thread = Thread.ofPlatform().start(waiting);
        eventually("it waits", () -> thread.getState() == Thread.State.WAITING);
        return waiting;
    }

    private static Object append(Journal journal, long atMillis, String text) throws IOException {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        journal.append(atMillis, bytes, 0, bytes.length);
        return text;
    }

    private static String text(Stretch piece) {
        return new String(piece.bytes(), StandardCharsets.UTF_8);
    }
}
