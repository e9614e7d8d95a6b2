package dev.muster.coordinator.account;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Which failed logins the audit log is told of: one a minute for each account and address, and no
 * more than some of them all, so that guessing fills neither disk nor page. What is left out is
 * counted with the next. Thread-safe; each coordinator for itself.
 *
 * <p>Names are counted as they were typed: what is written for one that exists and for one that
 * does not takes the same time.
 */
final class FailedLogins {

    static final int MOST_A_MINUTE = 60;

    private static final Duration WINDOW = Duration.ofMinutes(1);

    private record Key(String account, String address) {}

    private final InstantSource clock;
    private final Set<Key> told = new HashSet<>();
    private Instant end = Instant.MIN;
    private long leftOut;

    FailedLogins(InstantSource clock) {
        this.clock = clock;
    }

    /** How many were left out since the last entry, if this one gets one. */
    synchronized OptionalLong next(String account, String address) {
        var now = clock.instant();
        if (!now.isBefore(end)) {
            told.clear();
            end = now.plus(WINDOW);
        }
        if (told.size() >= MOST_A_MINUTE || !told.add(new Key(account, address))) {
            leftOut++;
            return OptionalLong.empty();
        }
        var before = leftOut;
        leftOut = 0;
        return OptionalLong.of(before);
    }
}
