package dev.muster.protocol.terminal;

import java.time.Duration;
import java.util.regex.Pattern;

/** Where terminals are, and how much they take. */
public final class TerminalSockets {

    /** Where viewers upgrade to a WebSocket; the task's number follows. */
    public static final String VIEWERS = "/ws/pty/";

    /** Where workers do. */
    public static final String WORKERS = "/api/workers/pty/";

    /** The terminal that a task's stages run in; all others are shells that people opened. */
    public static final String MAIN = "main";

    /** The first frame, a text, is no larger, in bytes. */
    public static final int LARGEST_AUTH = 12 * 1024;

    /** A frame of keys is no larger, in bytes. */
    public static final int LARGEST_INPUT = 32 * 1024;

    /** A frame of output is no larger, in bytes, head included. */
    public static final int LARGEST_OUTPUT = 32 * 1024;

    /** How long the first frame may take. */
    public static final Duration TO_ENTER = Duration.ofSeconds(5);

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,31}");

    private TerminalSockets() {}

    /** Whether a terminal can be called so. */
    public static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }
}
