package dev.muster.worker.signal;

import static dev.muster.worker.Eventually.eventually;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.muster.worker.user.RunAs;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

class SignalSocketTest {

    private static final String NONCE = "0123456789abcdef0123456789abcdef";

    @TempDir Path temp;
    private SignalHome home;
    private Path directory;
    private SignalSocket socket;
    private final List<Signal> taken = new CopyOnWriteArrayList<>();

    @BeforeEach
    void open() throws Exception {
        home = SignalHome.in(temp.resolve("it's here"), Optional.empty());
        directory = home.newDirectory();
        socket = SignalSocket.open(directory, NONCE, taken::add);
    }

    @AfterEach
    void close() throws Exception {
        socket.close();
    }

    @Test
    void onlyTheOwnerMayKnock() throws Exception {
        assertThat(modeOf(directory)).isEqualTo("rwx------");
        assertThat(modeOf(directory.resolve("s"))).isEqualTo("rw-------");
        assertThat(modeOf(home.commands().resolve("muster-signal"))).isEqualTo("r-x------");
    }

    @Test
    void onlyTheUserThatAgentsRunAsMayKnock() throws Exception {
        assumeThat(System.getProperty("user.name"))
                .as("only root runs as others")
                .isEqualTo("root");
        Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwx--x--x"));
        var theirs = SignalHome.in(temp.resolve("theirs"), Optional.of(RunAs.of("nobody")));
        var run = theirs.newDirectory();
        theirs.write(run.resolve("settings.json"), "{}");
        try (var opened = SignalSocket.open(run, NONCE, taken::add)) {
            theirs.give(opened.path());

            assertThat(ownerAndModeOf(run)).isEqualTo("root rwx--x--x");
            assertThat(ownerAndModeOf(run.resolve("settings.json"))).isEqualTo("nobody rw-------");
            assertThat(ownerAndModeOf(opened.path())).isEqualTo("nobody rw-------");
        }
        assertThat(ownerAndModeOf(theirs.commands())).isEqualTo("root rwx--x--x");
        assertThat(ownerAndModeOf(theirs.commands().resolve("muster-signal")))
                .isEqualTo("root r-xr-x---");
    }

    private static String ownerAndModeOf(Path path) throws Exception {
        return Files.getOwner(path).getName() + " " + modeOf(path);
    }

    @Test
    void aSignalWithTheNonceIsTaken() throws Exception {
        assertThat(say(NONCE + " failed no  \0\033[2Jway \n")).isEqualTo("taken\n");
        assertThat(say(NONCE + " done\nmore")).isEqualTo("taken\n");

        assertThat(taken)
                .containsExactly(
                        new Signal(Signal.Kind.FAILED, "no    [2Jway"),
                        new Signal(Signal.Kind.DONE, ""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\n",
                "done\n",
                "0123456789abcdef0123456789abcdeF done\n",
                "0123456789abcdef0123456789abcdef\n",
                "0123456789abcdef0123456789abcdef  done\n",
                "0123456789abcdef0123456789abcdef DONE\n",
                "0123456789abcdef0123456789abcdef stop\n",
                "0123456789abcdef0123456789abcdef done", // never ends
                "0123456789abcdef0123456789abcdef done \u00ff\u00fe\n",
                "GET / HTTP/1.1\r\n\r\n"
            })
    void garbageIsRefused(String said) throws Exception {
        assertThat(say(said)).isEqualTo("refused\n");
        assertThat(taken).isEmpty();
    }

    @Test
    void aLineThatNeverEndsIsCutOff() throws Exception {
        assertThat(say((NONCE + " done ").concat("x".repeat(100_000)) + "\n"))
                .isNotEqualTo("taken\n");
        assertThat(taken).isEmpty();
    }

    @Test
    void callersThatSayNothingAreFewAndSignalsAreHeardAgainAfterThem() throws Exception {
        var silent = new ArrayList<SocketChannel>();
        for (int i = 0; i < 8; i++) {
            silent.add(connect());
        }
        eventually("nobody else is let in", () -> !"taken\n".equals(say(NONCE + " ask a\n")));

        for (var caller : silent) {
            caller.close();
        }

        eventually("signals are heard again", () -> "taken\n".equals(say(NONCE + " ask b\n")));
    }

    @Test
    void theCommandTellsWhetherItWasHeard() throws Exception {
        assertThat(signal("done", "well", "done")).isZero();
        assertThat(taken).containsExactly(new Signal(Signal.Kind.DONE, "well done"));
        assertThat(signal()).isEqualTo(2);
        assertThat(signal("--help")).isEqualTo(2);
        assertThat(signal("ask", "x".repeat(50_000))).isZero();
        assertThat(taken.getLast().message()).hasSize(Signal.LONGEST_MESSAGE);
        socket.close();
        assertThat(signal("done")).isEqualTo(1);
    }

    private int signal(String... arguments) throws Exception {
        var command = new ArrayList<>(List.of(home.commands().resolve("muster-signal").toString()));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(socket.variables());
        var process = builder.start();
        process.getInputStream().readAllBytes();
        return process.waitFor();
    }

    private SocketChannel connect() throws IOException {
        var channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(directory.resolve("s")));
        return channel;
    }

    /** Says it, says that there is no more, and hears the answer; empty when hung up on. */
    private String say(String text) throws IOException {
        try (var channel = connect()) {
            var bytes = ByteBuffer.wrap(text.getBytes(ISO_8859_1));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.shutdownOutput();
            var answer = ByteBuffer.allocate(64);
            while (channel.read(answer) >= 0) {
                // until it hangs up
            }
            return new String(answer.array(), 0, answer.position(), ISO_8859_1);
        } catch (IOException _) {
            return "";
        }
    }

    private static String modeOf(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
