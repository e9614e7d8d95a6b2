package dev.muster.worker.terminal;

import dev.muster.worker.process.Cookie;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What a terminal is opened with.
 *
 * @param directory where its stages run; an existing directory
 * @param environment all of the environment, see {@link ShellEnvironment}
 * @param cookie marks its processes
 * @param mostGrace asked when they are to end: how long they may take for it, if not as long as
 *     usual
 */
public record TerminalSpec(
        Path directory,
        Map<String, String> environment,
        Cookie cookie,
        Supplier<Optional<Duration>> mostGrace,
        int columns,
        int rows) {

    public static final int DEFAULT_COLUMNS = 120;
    public static final int DEFAULT_ROWS = 30;

    public TerminalSpec {
        environment = Map.copyOf(environment);
        if (columns < 1 || columns > 1000 || rows < 1 || rows > 1000) {
            throw new IllegalArgumentException("a terminal has 1 to 1000 columns and rows");
        }
    }

    /** A terminal of the usual size. */
    public TerminalSpec(
            Path directory,
            Map<String, String> environment,
            Cookie cookie,
            Supplier<Optional<Duration>> mostGrace) {
        this(directory, environment, cookie, mostGrace, DEFAULT_COLUMNS, DEFAULT_ROWS);
    }

    /** The same, whose processes always have the usual grace. */
    public TerminalSpec(Path directory, Map<String, String> environment, Cookie cookie) {
        this(directory, environment, cookie, Optional::empty);
    }
}
