package dev.muster.coordinator.account;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.muster.coordinator.http.Problem;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Slows guessing down: after some failures each next one from the same address for the same account
 * must wait twice as long. Nobody can lock an account for others. Thread-safe; in memory only, so
 * each coordinator counts for itself.
 */
final class Throttle {

    /** Failures that cost no wait. */
    static final int FREE = 10;

    private static final Duration LONGEST = Duration.ofMinutes(5);
    private static final long MOST_REMEMBERED = 100_000;

    private record Key(String account, String address) {}

    private record Attempts(int count, Instant notBefore) {
        static final Attempts NONE = new Attempts(0, Instant.MIN);

        Attempts oneMore(Instant now) {
            return new Attempts(count + 1, now.plus(waitAfter(count + 1)));
        }
    }

    private final InstantSource clock;
    private final Cache<Key, Attempts> attempts =
            Caffeine.newBuilder()
                    .maximumSize(MOST_REMEMBERED)
                    .expireAfterWrite(Duration.ofMinutes(15))
                    .build();

    Throttle(InstantSource clock) {
        this.clock = clock;
    }

    /** How long to wait after so many failures. */
    static Duration waitAfter(int failures) {
        if (failures < FREE) {
            return Duration.ZERO;
        }
        var doublings = Math.min(failures - FREE, 20);
        var wait = Duration.ofSeconds(1L << doublings);
        return wait.compareTo(LONGEST) < 0 ? wait : LONGEST;
    }

    /**
     * Counts an attempt as failed until {@link #succeeded} is called: guesses sent all at once must
     * not slip through before the first is known to be wrong.
     *
     * @throws Problem 429 if it comes too early; then it does not count
     */
    void admit(String account, String address) {
        var now = clock.instant();
        attempts.asMap()
                .compute(
                        new Key(account, address),
                        (_, before) -> {
                            var known = before == null ? Attempts.NONE : before;
                            if (now.isBefore(known.notBefore())) {
                                throw Problem.tooMany(
                                        "Too many failed logins. Wait before the next.",
                                        Duration.between(now, known.notBefore()));
                            }
                            return known.oneMore(now);
                        });
    }

    /** The right password wipes the slate. */
    void succeeded(String account, String address) {
        attempts.invalidate(new Key(account, address));
    }
}
