package dev.muster.worker.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.protocol.message.LeaseRef;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;

class JournalReaderTest {

    private static final LeaseRef LEASE = new LeaseRef(42, 1, 3);
    private static final int SEGMENT = 50_000;

    @TempDir Path home;

    /** One thread, so that each seed is the same history again. */
    @Test
    void whateverIsAppendedAndAcknowledgedReadersSeeEachByteOnceOrSkipWhatIsAcknowledged()
            throws Exception {
        for (long seed = 0; seed < 40; seed++) {
            var random = new Random(seed);
            var all = new byte[3 * Journal.MOST_IN_MEMORY / 2];
            random.nextBytes(all);
            var lease = new LeaseRef(seed + 1, 1, 1);
            try (var journal = journals(all.length).create(lease, () -> {});
                    var one = journal.reader(() -> {});
                    var two = journal.reader(() -> {})) {
                var readers = new JournalReader[] {one, two};
                var at = new long[2];
                int written = 0;
                while (written < all.length || at[0] < all.length || at[1] < all.length) {
                    int choice = random.nextInt(8);
                    if (choice < 3 && written < all.length) {
                        int length = Math.min(all.length - written, 1 + random.nextInt(40_000));
                        journal.append(random.nextInt(1000), all, written, length);
                        written += length;
                    } else if (choice == 3) {
                        long left = journal.size() - journal.acknowledged();
                        journal.acknowledge(journal.acknowledged() + random.nextLong(left + 1));
                    } else if (choice > 3) {
                        int which = choice % 2;
                        at[which] =
                                readOnce(
                                        readers[which],
                                        journal,
                                        at[which],
                                        1 + random.nextInt(60_000),
                                        all,
                                        "seed " + seed);
                    }
                }
            }
        }
    }

    private static long readOnce(
            JournalReader reader, Journal journal, long at, int most, byte[] all, String history)
            throws Exception {
        var piece = reader.read(at, most);
        if (piece.isEmpty()) {
            assertThat(at).as(history).isEqualTo(journal.size());
            return at;
        }
        long offset = piece.get().offset();
        var bytes = piece.get().bytes();
        if (offset != at) {
            assertThat(offset).as(history).isGreaterThan(at);
            assertThat(offset)
                    .isLessThanOrEqualTo(journal.acknowledged())
                    .isEqualTo(journal.start());
        }
        assertThat(bytes).as("%s at %d", history, at).hasSizeBetween(1, most);
        assertThat(bytes)
                .isEqualTo(Arrays.copyOfRange(all, (int) offset, (int) offset + bytes.length));
        return offset + bytes.length;
    }

    /** Many threads, so that every history is another. */
    @Test
    void readersBesideTheUplinkMissNothingAndWakeUpForEachAppend() throws Exception {
        var all = new byte[4 * Journal.MOST_IN_MEMORY];
        new Random(1).nextBytes(all);
        var journal = journals(all.length).create(LEASE, () -> {});
        var readers = new ArrayList<FutureTask<Long>>();
        for (int n = 0; n < 4; n++) {
            var reading = new FutureTask<>(() -> readAll(journal, all));
            Thread.ofVirtual().start(reading);
            readers.add(reading);
        }
        var random = new Random(2);
        for (int written = 0; written < all.length; ) {
            int length = Math.min(all.length - written, 1 + random.nextInt(9_000));
            journal.append(0, all, written, length);
            written += length;
        }
        journal.finish();
        for (var reading : readers) {
            assertThat(reading.get()).isEqualTo(all.length);
        }
        journal.delete();
    }

    /** How many bytes were read, each where it belongs; nothing is acknowledged, so all of them. */
    private static long readAll(Journal journal, byte[] all) throws Exception {
        var news = new Semaphore(0);
        try (var reader = journal.reader(news::release)) {
            long at = 0;
            while (true) {
                boolean finished = journal.isFinished();
                var piece = reader.read(at, 32 * 1024);
                if (piece.isPresent()) {
                    assertThat(piece.get().offset()).isEqualTo(at);
                    assertThat(piece.get().bytes())
                            .isEqualTo(Arrays.copyOfRange(all, (int) at, (int) piece.get().end()));
                    at = piece.get().end();
                } else if (finished) {
                    return at;
                } else {
                    news.acquire();
                    news.drainPermits();
                }
            }
        }
    }

    @Test
    void whatWasAcknowledgedIsStillReadForAWhile() throws Exception {
        try (var journal = journals(SEGMENT).create(LEASE, () -> {});
                var reader = journal.reader(() -> {})) {
            var line = "printed a moment ago".getBytes(StandardCharsets.UTF_8);
            journal.append(0, line, 0, line.length);
            journal.acknowledge(line.length);

            assertThat(journal.start()).isZero();
            assertThat(reader.read(3, 5).orElseThrow().bytes())
                    .isEqualTo(Arrays.copyOfRange(line, 3, 8));
        }
    }

    @Test
    void aReaderGoesOnBehindWhatWasForgottenAndAFinishedJournalsEndStays() throws Exception {
        var all = new byte[10 * SEGMENT];
        new Random(3).nextBytes(all);
        var journal = journals(all.length).create(LEASE, () -> {});
        try (var reader = journal.reader(() -> {})) {
            for (int written = 0; written < all.length; written += 1000) {
                journal.append(0, all, written, 1000);
            }
            long before = reader.read(0, 10).orElseThrow().end();
            journal.acknowledge(all.length);

            var next = reader.read(before, 100).orElseThrow();
            assertThat(next.offset()).isEqualTo(journal.start()).isGreaterThan(before);

            journal.delete();

            assertThat(journal.size()).isEqualTo(all.length);
            var last = reader.read(next.end(), all.length).orElseThrow();
            assertThat(last.end()).isEqualTo(all.length);
            assertThat(reader.read(all.length, 100)).isEmpty();
        }
    }

    @Test
    void anInterruptedReaderHarmsNoAppend() throws Exception {
        var all = new byte[2 * Journal.MOST_IN_MEMORY];
        try (var journal = journals(2L * all.length).create(LEASE, () -> {})) {
            journal.append(0, all, 0, all.length);
            var reading =
                    new FutureTask<Object>(
                            () -> {
                                try (var reader = journal.reader(() -> {})) {
                                    Thread.currentThread().interrupt();
                                    return reader.read(0, 100);
                                }
                            });
            Thread.ofPlatform().start(reading).join();

            journal.append(0, all, 0, 100);

            assertThat(journal.size()).isEqualTo(all.length + 100);
        }
    }

    private Journals journals(long limit) throws Exception {
        return Journals.in(home, limit, SEGMENT);
    }
}
