package dev.muster.protocol.terminal;

import java.util.regex.Pattern;

/** What a program wrote to its terminal, without what it told the terminal to do. */
public final class TerminalText {

    // ESC [ ... letter; ESC ] ... BEL or ESC backslash; ESC and one character. Unfinished ones to
    // the end.
    private static final Pattern SEQUENCE =
            Pattern.compile(
                    "\\x1b(?:\\[[0-?]*["
                            + " -/]*(?:[@-~]|$)|[\\]PX^_][^\\x07\\x1b]*(?:\\x07|\\x1b\\\\|$)|.|$)",
                    Pattern.DOTALL);

    private TerminalText() {}

    /** One line as it looked in the end: what a carriage return went back over is gone. */
    public static String plain(String line) {
        var text = SEQUENCE.matcher(line).replaceAll("");
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == '\r') {
            end--;
        }
        return text.substring(text.lastIndexOf('\r', end - 1) + 1, end);
    }
}
