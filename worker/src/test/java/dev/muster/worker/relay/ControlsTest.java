package dev.muster.worker.relay;

import static dev.muster.worker.Eventually.eventually;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.worker.process.ControlGroups;
import dev.muster.worker.process.Cookie;
import dev.muster.worker.process.Sweeper;
import dev.muster.worker.terminal.Limits;
import dev.muster.worker.terminal.ShellEnvironment;
import dev.muster.worker.terminal.ShellTerminal;
import dev.muster.worker.terminal.StageEnd;
import dev.muster.worker.terminal.StageScript;
import dev.muster.worker.terminal.StageValues;
import dev.muster.worker.terminal.TerminalSpec;
import dev.muster.worker.terminal.Terminals;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;

/** With real shells, which print what they read. */
class ControlsTest {

    private static final String READING =
            "stty raw -echo; echo re''ady; dd bs=1 count=%d 2> /dev/null";

    @TempDir Path home;
    private Sweeper sweeper;
    private Terminals terminals;
    private final Controls controls = new Controls("test", Controls.Size.USUAL);
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    @BeforeEach
    void open() throws Exception {
        sweeper =
                new Sweeper(
                        Duration.ofMillis(300),
                        Duration.ofMillis(100),
                        ControlGroups.ofThisDaemon());
        terminals = Terminals.in(home.resolve("terminals"), sweeper, Optional.empty());
    }

    @AfterEach
    void close() {
        controls.close();
        sweeper.close();
        terminals.close();
    }

    @Test
    void onlyTheLatestHolderThatWasHeardOfTypes() throws Exception {
        try (var terminal = shell()) {
            var stage = started(terminal, READING.formatted(6));

            controls.type(2, bytes("ab"));
            controls.type(1, bytes("no"));
            eventually("it is read", () -> text().contains("ab"));
            controls.control(5);
            controls.type(4, bytes("no"));
            controls.type(5, bytes("cd"));
            controls.control(3);
            controls.type(5, bytes("ef"));

            assertThat(stage.get()).isEqualTo(new StageEnd.Exited(0));
            assertThat(text()).contains("abcdef").doesNotContain("no");
            assertThat(controls.epoch()).isEqualTo(5);
        }
    }

    @Test
    void onlyTheLatestHolderChoosesTheSize() throws Exception {
        var told = new AtomicInteger();
        try (var _ = controls.watch(told::incrementAndGet)) {
            controls.resize(3, 100, 40);
            controls.resize(2, 50, 20);
            controls.resize(3, 100, 40);
        }
        controls.resize(4, 60, 20);
        controls.resize(3, 70, 20);

        assertThat(told).hasValue(1);
        assertThat(controls.size()).isEqualTo(new Controls.Size(60, 20));
        try (var terminal = shell()) {
            assertThat(started(terminal, "echo re''ady; stty size").get())
                    .isEqualTo(new StageEnd.Exited(0));
        }
        assertThat(text()).contains("20 60\r\n");
    }

    @Test
    void aLongPasteArrivesWholeAndInOrderThoughTheProgramReadsSlowly() throws Exception {
        int length = Controls.MOST_WAITING;
        var paste = "0123456789abcdef".repeat(length / 16);
        var slow =
                "stty raw -echo; echo re''ady; while [ -e slow ]; do sleep 0.05; done;"
                        + " head -c %d | sha256sum".formatted(length);
        Files.createFile(home.resolve("slow"));
        try (var terminal = shell()) {
            var stage = started(terminal, slow);

            for (int from = 0; from < length; from += 4096) {
                controls.type(1, bytes(paste.substring(from, from + 4096)));
            }
            Files.delete(home.resolve("slow"));

            assertThat(stage.get()).isEqualTo(new StageEnd.Exited(0));
            assertThat(text()).contains(sha256(paste));
        }
    }

    /** Whoever types is not kept waiting, neither by the program nor by what others typed. */
    @Test
    void whatDoesNotFitIsDroppedWhole() throws Exception {
        try (var terminal = shell()) {
            var _ = started(terminal, "stty raw -echo; echo re''ady; stdbuf -o0 tr -d x");

            terminal.keyboard()
                    .typeTogether(
                            () -> {
                                controls.type(1, bytes("x".repeat(Controls.MOST_WAITING)));
                                controls.type(1, bytes("lost".repeat(1024)));
                            });
            eventually("there is room again", () -> controls.waiting() == 0);
            controls.type(1, bytes("end"));

            eventually("it goes on", () -> text().contains("end"));
            assertThat(text()).doesNotContain("lost");
        }
    }

    @Test
    void whatAnEarlierHolderTypedAndNobodyReadIsDropped() throws Exception {
        try (var terminal = shell()) {
            var _ = started(terminal, "stty raw -echo; echo re''ady; stdbuf -o0 tr -d x");

            terminal.keyboard()
                    .typeTogether(
                            () -> {
                                controls.type(1, bytes("x".repeat(2048)));
                                controls.type(1, bytes("old"));
                                controls.type(2, bytes("new"));
                            });

            eventually("the new one's is read", () -> text().contains("new"));
            assertThat(text()).doesNotContain("old");
        }
    }

    @Test
    void whatWasTypedWhileNothingRunsIsLost() throws Exception {
        controls.type(1, bytes("before\r"));
        try (var first = shell()) {
            controls.type(1, bytes("early\r"));
            var _ = started(first, "echo re''ady; read -r a; echo \"<$a>\"");
            controls.type(1, bytes("now\r"));
            eventually("it is read", () -> text().contains("<now>"));
        }
        controls.type(1, bytes("after\r"));
        printed.reset();
        try (var second = shell()) {
            var _ = started(second, "echo re''ady; read -r a; echo \"<$a>\"");
            controls.type(1, bytes("again\r"));
            eventually("it is read", () -> text().contains("<again>"));
        }
    }

    @Test
    void keysWaitWhileSomethingIsTypedThatBelongsTogether() throws Exception {
        try (var terminal = shell()) {
            var stage = started(terminal, READING.formatted(7));
            var begun = new CountDownLatch(1);
            var go = new CountDownLatch(1);
            var prompt =
                    new FutureTask<Object>(
                            () -> {
                                terminal.keyboard()
                                        .typeTogether(
                                                () -> {
                                                    terminal.keyboard().type(bytes("pro"));
                                                    begun.countDown();
                                                    go.await();
                                                    terminal.keyboard().type(bytes("mpt"));
                                                });
                                return true;
                            });
            Thread.ofVirtual().start(prompt);
            begun.await();
            controls.type(1, bytes("x"));
            eventually("the first half is printed", () -> text().contains("pro"));
            go.countDown();

            assertThat(stage.get()).isEqualTo(new StageEnd.Exited(0));
            assertThat(text()).contains("promptx");
        }
    }

    private ShellTerminal shell() throws IOException {
        var cookie = Cookie.Family.of(home).next();
        var environment =
                new ShellEnvironment(42, 1, "demo", "muster/42", "words", Map.of())
                        .variables(System.getenv(), cookie);
        return controls.over(terminals::open)
                .open(new TerminalSpec(home, environment, cookie), this::keep);
    }

    private FutureTask<StageEnd> started(ShellTerminal terminal, String command) throws Exception {
        var stage = new StageScript("test", command, Map.of(), StageValues.NONE, true);
        var running =
                new FutureTask<>(() -> terminal.run(stage, Limits.of(Duration.ofSeconds(60))));
        Thread.ofVirtual().start(running);
        eventually("it runs", () -> text().contains("ready"));
        return running;
    }

    private synchronized void keep(byte[] bytes, int from, int length) {
        printed.write(bytes, from, length);
    }

    private synchronized String text() {
        return printed.toString(UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static String sha256(String text) throws Exception {
        var digest = MessageDigest.getInstance("SHA-256").digest(bytes(text));
        return HexFormat.of().formatHex(digest);
    }
}
