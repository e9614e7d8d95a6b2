package dev.muster.coordinator.log;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A place in an attempt's log, as followers show it.
 *
 * @param fence of the lease under which what comes before it was written; 0 if nothing was seen yet
 * @param line the next one, from 0
 */
record LogPlace(long task, int attempt, long fence, long line) {

    private static final Pattern WORD = Pattern.compile("(\\d{1,9})-(\\d{1,18})-(\\d{1,15})");

    /** Reads what {@link #word} wrote for a log of {@code task}. */
    static Optional<LogPlace> read(long task, String word) {
        var matcher = WORD.matcher(word);
        return matcher.matches()
                ? Optional.of(
                        new LogPlace(
                                task,
                                Integer.parseInt(matcher.group(1)),
                                Long.parseLong(matcher.group(2)),
                                Long.parseLong(matcher.group(3))))
                : Optional.empty();
    }

    String word() {
        return attempt + "-" + fence + "-" + line;
    }

    LogPlace at(long otherLine) {
        return new LogPlace(task, attempt, fence, otherLine);
    }

    LogPlace under(long otherFence) {
        return new LogPlace(task, attempt, otherFence, line);
    }
}
