package dev.muster.ops.terminal;

import java.util.regex.Pattern;

/** What a program wrote to its terminal, without what it told the terminal to do. */
public final class TerminalText {

    // ESC [ ... letter; ESC ] ... BEL or ESC backslash; ESC and one character. Unfinished ones to
    // the end.
    private static final Pattern SEQUENCE =
            Pattern.compile(
                    "\\x1b(?:\\[[0-?]*["
                            + " -/]*(?:[@-~]|$)|[\\]PX^_][^\\x07\\x1b]*(?:\\x07|\\x1b\\\\|$)|.|$)");

    private static final Pattern OVERWRITTEN = Pattern.compile("[^\\r]*\\r(?!$)");

    private TerminalText() {}

    /** One line as it looked in the end: what a carriage return went back over is gone. */
    public static String plain(String line) {
        var text = SEQUENCE.matcher(line).replaceAll("");
        return OVERWRITTEN.matcher(text).replaceAll("").replace("\r", "");
    }
}
