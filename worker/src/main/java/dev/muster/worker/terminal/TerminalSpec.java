package dev.muster.worker.terminal;

import dev.muster.worker.process.Cookie;

import java.nio.file.Path;
import java.util.Map;

/**
 * What a terminal is opened with.
 *
 * @param directory where its stages run; an existing directory
 * @param environment all of the environment, see {@link ShellEnvironment}
 * @param cookie marks its processes
 */
public record TerminalSpec(
        Path directory, Map<String, String> environment, Cookie cookie, int columns, int rows) {

    public static final int DEFAULT_COLUMNS = 120;
    public static final int DEFAULT_ROWS = 30;

    public TerminalSpec {
        environment = Map.copyOf(environment);
        if (columns < 1 || columns > 1000 || rows < 1 || rows > 1000) {
            throw new IllegalArgumentException("a terminal has 1 to 1000 columns and rows");
        }
    }

    /** A terminal of the usual size. */
    public TerminalSpec(Path directory, Map<String, String> environment, Cookie cookie) {
        this(directory, environment, cookie, DEFAULT_COLUMNS, DEFAULT_ROWS);
    }
}
