package dev.muster.ops.terminal;

import dev.muster.ops.log.Escaped;

import java.io.PrintStream;

/**
 * Standard output as a person sees it: lines, and below them one line that changes.
 *
 * <p>Off a terminal there is neither colour nor a changing line. Thread-safe.
 */
public final class Screen {

    private static final String CLEAR_LINE = "\r\u001b[K";
    private static final String BOLD = "\u001b[1m";
    private static final String DIM = "\u001b[2m";
    private static final String GREEN = "\u001b[32m";
    private static final String RED = "\u001b[31m";
    private static final String PLAIN = "\u001b[0m";

    private final PrintStream out;
    private final boolean live;
    private final boolean colour;
    private boolean changing;

    Screen(PrintStream out, boolean live, boolean colour) {
        this.out = out;
        this.live = live;
        this.colour = colour;
    }

    /** On standard output. */
    public static Screen stdout() {
        var noColour = System.getenv("NO_COLOR");
        var plain = "dumb".equals(System.getenv("TERM"));
        var tty = Tty.isStdout();
        return new Screen(
                System.out,
                tty && !plain,
                tty && !plain && (noColour == null || noColour.isEmpty()));
    }

    public void line(String text) {
        print(Escaped.text(text), "");
    }

    public void heading(String text) {
        print(Escaped.text(text), BOLD);
    }

    /** Something worth less attention: the output of others. */
    public void quiet(String text) {
        print(Escaped.text(text), DIM);
    }

    public void good(String text) {
        print(Escaped.text(text), GREEN);
    }

    public void bad(String text) {
        print(Escaped.text(text), RED);
    }

    private synchronized void print(String text, String style) {
        clear();
        out.println(colour && !style.isEmpty() ? style + text + PLAIN : text);
        out.flush();
    }

    /** What is going on right now, in place of what was going on before. */
    public synchronized void now(String text) {
        if (live) {
            out.print(CLEAR_LINE + Escaped.text(text));
            out.flush();
            changing = true;
        }
    }

    private void clear() {
        if (changing) {
            out.print(CLEAR_LINE);
            changing = false;
        }
    }
}
