package dev.muster.worker.terminal;

import static dev.muster.worker.terminal.TerminalsUnderTest.LONG;
import static dev.muster.worker.terminal.TerminalsUnderTest.last;
import static dev.muster.worker.terminal.TerminalsUnderTest.stage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.protocol.message.Append;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.worker.journal.Journal;
import dev.muster.worker.journal.Journals;
import dev.muster.worker.terminal.TerminalsUnderTest.Kept;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;

/** Much output, and many terminals. */
class TerminalLoadIT {

    private static final LeaseRef LEASE = new LeaseRef(1, 1, 1);

    @TempDir Path home;
    private TerminalsUnderTest given;

    @BeforeEach
    void open() throws Exception {
        given = new TerminalsUnderTest(home);
    }

    @AfterEach
    void close() {
        given.close();
    }

    @Test
    void aFloodPassesThroughASmallJournalByteForByte() throws Exception {
        var wakeup = new Semaphore(0);
        var journals = Journals.in(home.resolve("journals"), 1024 * 1024);
        try (var journal = journals.create(LEASE, wakeup::release);
                var terminal = given.open((b, from, n) -> journal.append(0, b, from, n))) {
            var sending = new FutureTask<>(() -> send(journal, wakeup));
            Thread.ofVirtual().start(sending);

            // -opost, or the terminal would print each line feed as two characters
            var flood = stage("stty -opost; head -c 50M /dev/zero | base64 -w 76");
            var end = terminal.run(flood, LONG);
            journal.finish();
            wakeup.release();

            assertThat(end).isEqualTo(new StageEnd.Exited(0));
            assertThat(sending.get()).isEqualTo(digestOfFlood(flood));
        }
    }

    @Test
    void fiftyTerminalsRunAtOnceAndMixNothingUp() throws Exception {
        var running = new ArrayList<FutureTask<String>>();
        for (int i = 0; i < 50; i++) {
            var mine = "terminal-" + i;
            var task =
                    new FutureTask<>(
                            () -> {
                                var kept = new Kept();
                                try (var terminal = given.open(kept)) {
                                    terminal.run(stage("echo first " + mine), LONG);
                                    terminal.run(
                                            stage("for i in {1..500}; do echo " + mine + "; done"),
                                            LONG);
                                    assertThat(terminal.run(last("exit 3"), LONG))
                                            .isEqualTo(new StageEnd.Exited(3));
                                }
                                return kept.text().replace(mine, "");
                            });
            running.add(task);
            Thread.ofVirtual().start(task);
        }
        for (var task : running) {
            assertThat(task.get()).doesNotContain("terminal-").contains("\r\n".repeat(500));
        }
    }

    /** Sends and acknowledges as an uplink does; answers the digest of all it got. */
    private static String send(Journal journal, Semaphore wakeup) throws Exception {
        var digest = MessageDigest.getInstance("SHA-256");
        while (!journal.isDrained()) {
            var piece = journal.peek(journal.acknowledged(), Append.MOST_BYTES);
            if (piece.isEmpty()) {
                wakeup.acquire();
                wakeup.drainPermits();
                continue;
            }
            digest.update(piece.get().bytes());
            journal.acknowledge(piece.get().offset() + piece.get().bytes().length);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static String digestOfFlood(StageScript flood) throws Exception {
        var digest = MessageDigest.getInstance("SHA-256");
        digest.update(flood.prompt());
        var encoder = Base64.getMimeEncoder(76, new byte[] {'\n'});
        digest.update(encoder.encode(new byte[50 * 1024 * 1024]));
        digest.update((byte) '\n');
        digest.update(StageScript.endMark(0));
        return HexFormat.of().formatHex(digest.digest());
    }
}
