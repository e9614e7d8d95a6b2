package dev.muster.coordinator.live;

import org.jspecify.annotations.Nullable;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What is known. Clients send it back, so it is read with care before PostgreSQL is shown it.
 *
 * @param era of the database: a standby that takes over may count transactions anew from before
 *     what was known, so what was known in one era says nothing in another
 * @param snapshot a {@code pg_snapshot} as PostgreSQL writes it, {@code xmin:xmax:xip,…}
 */
record Position(long era, String snapshot) {

    private static final int LONGEST = 4000;
    private static final Pattern SHAPE =
            Pattern.compile(
                    "([0-9]{1,18})-(([0-9]{1,18}):([0-9]{1,18}):((?:[0-9]{1,18}(?:,[0-9]{1,18})*)?))");

    /** As clients are shown it. */
    String word() {
        return era + "-" + snapshot;
    }

    /** Whether nothing is known here that cannot be known {@code later}. */
    boolean isBefore(Position later) {
        return era == later.era && end() <= later.end();
    }

    /** The first transaction that had not begun. */
    private long end() {
        var begin = snapshot.indexOf(':') + 1;
        return Long.parseLong(snapshot.substring(begin, snapshot.indexOf(':', begin)));
    }

    /** Empty for what PostgreSQL would not have written. */
    static Optional<Position> read(@Nullable String word) {
        if (word == null || word.length() > LONGEST) {
            return Optional.empty();
        }
        var matcher = SHAPE.matcher(word);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long begin = Long.parseLong(matcher.group(3));
        long end = Long.parseLong(matcher.group(4));
        if (begin < 1 || end < begin || !areBetween(begin, end, matcher.group(5))) {
            return Optional.empty();
        }
        return Optional.of(new Position(Long.parseLong(matcher.group(1)), matcher.group(2)));
    }

    /** Whether the transactions under way are named in order, each once. */
    private static boolean areBetween(long begin, long end, String running) {
        long least = begin;
        for (var one : running.isEmpty() ? new String[0] : running.split(",", -1)) {
            long transaction = Long.parseLong(one);
            if (transaction < least || transaction >= end) {
                return false;
            }
            least = transaction + 1;
        }
        return true;
    }
}
