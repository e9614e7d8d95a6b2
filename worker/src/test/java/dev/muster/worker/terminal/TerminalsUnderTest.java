package dev.muster.worker.terminal;

import dev.muster.worker.process.ControlGroups;
import dev.muster.worker.process.Cookie;
import dev.muster.worker.process.Sweeper;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Real terminals in a directory of the test's, with a short grace. */
final class TerminalsUnderTest implements AutoCloseable {

    static final Limits LONG = Limits.of(Duration.ofSeconds(60));

    final Path home;
    final Path workspace;
    final Sweeper sweeper =
            new Sweeper(
                    Duration.ofMillis(300), Duration.ofMillis(100), ControlGroups.ofThisDaemon());
    final Terminals terminals;
    final Cookie cookie;

    TerminalsUnderTest(Path home) throws IOException {
        this(home, List.of("/bin/bash", "--noprofile", "--norc"));
    }

    TerminalsUnderTest(Path home, List<String> shell) throws IOException {
        this.home = home.toRealPath();
        this.workspace = Files.createDirectories(this.home.resolve("work space"));
        this.terminals =
                Terminals.in(this.home.resolve("terminals"), sweeper, Optional.empty(), shell);
        this.cookie = Cookie.Family.of(home).next();
    }

    ShellTerminal open(TerminalOutput output) throws IOException {
        return open(Map.of(), output);
    }

    ShellTerminal open(Map<String, String> extra, TerminalOutput output) throws IOException {
        var fresh = Cookie.Family.of(home).next();
        var environment = new HashMap<>(describing("").variables(System.getenv(), fresh));
        environment.putAll(extra);
        return terminals.open(new TerminalSpec(workspace, environment, fresh), output);
    }

    static ShellEnvironment describing(String description) {
        return new ShellEnvironment(42, 1, "demo", "muster/42", description, Map.of());
    }

    static StageScript stage(String command) {
        return new StageScript("test", command, Map.of(), false);
    }

    static StageScript last(String command) {
        return new StageScript("test", command, Map.of(), true);
    }

    @Override
    public void close() {
        sweeper.close();
        terminals.close();
    }

    /** Keeps everything. */
    static final class Kept implements TerminalOutput {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        @Override
        public synchronized void accept(byte[] chunk, int from, int length) {
            bytes.write(chunk, from, length);
        }

        synchronized byte[] bytes() {
            return bytes.toByteArray();
        }

        String text() {
            return new String(bytes(), StandardCharsets.UTF_8);
        }

        /** What the newest stage printed, without prompt and marks. */
        String printed() {
            var text = text();
            var began = text.lastIndexOf("\033]133;C\007");
            if (began < 0) {
                return "";
            }
            var start = began + "\033]133;C\007".length();
            var end = text.indexOf("\033]133;D;", start);
            return end < 0 ? text.substring(start) : text.substring(start, end);
        }
    }
}
