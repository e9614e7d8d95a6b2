package dev.muster.coordinator.log;

import dev.muster.protocol.terminal.TerminalText;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/** Finds lines of logs, as they looked on the screen. */
final class LogSearch {

    /** How much of a log one answer goes through, in characters. */
    private static final int MOST_READ = 16 * 1024 * 1024;

    private static final int LINES_AT_ONCE = 1000;

    /** What is shown of a long line, before what was found and from there on, in characters. */
    private static final int BEFORE = 100;

    private static final int SHOWN = 500;

    private final Logs logs;

    LogSearch(Logs logs) {
        this.logs = logs;
    }

    /**
     * What was found.
     *
     * @param next the line to go on from; empty at the end of the log
     */
    record Found(List<LogLine> lines, OptionalLong next) {}

    /** Lines with {@code text} in them, of any case, from line {@code from} on; at most so many. */
    Found find(long task, int attempt, String text, long from, int most) {
        var wanted = text.toLowerCase(Locale.ROOT);
        var found = new ArrayList<LogLine>();
        long next = from;
        for (int read = 0; read < MOST_READ; ) {
            var lines = logs.lines(task, attempt, next, LINES_AT_ONCE);
            if (lines.isEmpty()) {
                return new Found(found, OptionalLong.empty());
            }
            for (var line : lines) {
                if (found.size() == most) {
                    return new Found(found, OptionalLong.of(line.n()));
                }
                read += line.text().length() + 1;
                next = line.n() + 1;
                var plain = TerminalText.plain(line.text());
                int at = plain.toLowerCase(Locale.ROOT).indexOf(wanted);
                if (at >= 0) {
                    found.add(new LogLine(line.n(), line.at(), around(plain, at)));
                }
            }
        }
        return new Found(found, OptionalLong.of(next));
    }

    private static String around(String line, int at) {
        int start = Math.clamp(at - BEFORE, 0, line.length());
        return line.substring(start, Math.min(line.length(), at + SHOWN));
    }
}
