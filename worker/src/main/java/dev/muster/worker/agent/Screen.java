package dev.muster.worker.agent;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads a terminal's bytes, cut into chunks anywhere, as the lines a person sees. No emulation: a
 * sequence that moves the cursor to another place ends a line, one that moves it along is a blank,
 * and all others are left out. Memory is bounded: of a line beyond {@value #LONGEST_LINE} bytes
 * nothing is told. Not thread-safe.
 */
final class Screen {

    static final int LONGEST_LINE = 1024;

    private static final int LONGEST_PARAMETERS = 64;
    private static final int ESC = 0x1b;

    /** Told what is read. */
    interface Listener {
        /** A line that is not blank. */
        void line(String text);

        /** The program asked for pastes to be marked as such, or not to be. */
        void pasting(boolean on);
    }

    private enum State {
        TEXT,
        ESCAPE,
        ESCAPE_MORE,
        CONTROL,
        STRING,
        STRING_ESCAPE
    }

    private final Listener listener;
    private final byte[] line = new byte[LONGEST_LINE];
    private final StringBuilder parameters = new StringBuilder();
    private State state = State.TEXT;
    private int length; // beyond the longest when the line is too long

    Screen(Listener listener) {
        this.listener = listener;
    }

    void feed(byte[] bytes, int from, int count) {
        for (int i = from; i < from + count; i++) {
            feed(bytes[i] & 0xff);
        }
    }

    /** Nothing more will come. */
    void end() {
        endLine();
    }

    private void feed(int b) {
        switch (state) {
            case TEXT -> text(b);
            case ESCAPE -> escape(b);
            case ESCAPE_MORE -> state = b >= 0x20 && b <= 0x2f ? State.ESCAPE_MORE : State.TEXT;
            case CONTROL -> control(b);
            case STRING -> {
                if (b == 0x07 || b == 0x18 || b == 0x1a) {
                    state = State.TEXT;
                } else if (b == ESC) {
                    state = State.STRING_ESCAPE;
                }
            }
            case STRING_ESCAPE -> {
                state = State.TEXT;
                if (b != '\\') {
                    escape(b); // a string that broke off
                }
            }
        }
    }

    private void text(int b) {
        switch (b) {
            case ESC -> state = State.ESCAPE;
            case '\n', '\r', 0x0b, 0x0c -> endLine();
            case '\t' -> append(' ');
            case '\b' -> length = Math.max(0, length - 1);
            default -> {
                if (b >= 0x20 && b != 0x7f) {
                    append(b);
                }
            }
        }
    }

    private void escape(int b) {
        state = State.TEXT;
        switch (b) {
            case '[' -> {
                parameters.setLength(0);
                state = State.CONTROL;
            }
            case ']', 'P', 'X', '^', '_' -> state = State.STRING;
            case 'D', 'E', 'M', 'c' -> endLine();
            case ESC -> state = State.ESCAPE;
            default -> {
                if (b >= 0x20 && b <= 0x2f) {
                    state = State.ESCAPE_MORE;
                }
            }
        }
    }

    private void control(int b) {
        if (b == ESC) {
            state = State.ESCAPE;
        } else if (b == 0x18 || b == 0x1a) {
            state = State.TEXT;
        } else if (b >= 0x40 && b <= 0x7e) {
            state = State.TEXT;
            finish((char) b);
        } else if (b >= 0x20 && parameters.length() < LONGEST_PARAMETERS) {
            parameters.append((char) b);
        }
    }

    private void finish(char command) {
        switch (command) {
            case 'C' -> append(' ');
            case 'A', 'B', 'E', 'F', 'G', 'H', 'J', 'S', 'T', 'd', 'f', 'u' -> endLine();
            case 'h', 'l' -> {
                if (parameters.toString().startsWith("?")
                        && Arrays.asList(parameters.substring(1).split(";")).contains("2004")) {
                    listener.pasting(command == 'h');
                }
            }
            default -> {
                // colours and the like
            }
        }
    }

    private void append(int b) {
        if (length < LONGEST_LINE) {
            line[length] = (byte) b;
        }
        length = Math.min(length + 1, LONGEST_LINE + 1);
    }

    private void endLine() {
        if (length > 0 && length <= LONGEST_LINE) {
            var text = new String(line, 0, length, StandardCharsets.UTF_8).strip();
            if (!text.isEmpty()) {
                listener.line(text);
            }
        }
        length = 0;
    }
}
