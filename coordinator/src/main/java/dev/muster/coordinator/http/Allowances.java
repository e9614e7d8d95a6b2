package dev.muster.coordinator.http;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.muster.coordinator.config.RequestLimit;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What each caller may still ask: a token bucket for each person, and one for each address of which
 * nobody is known. Thread-safe; in memory only.
 */
public final class Allowances {

    private static final long MOST_REMEMBERED = 100_000;
    private static final int NETWORK_BYTES = 8;

    private sealed interface Key {

        record Person(long id) implements Key {}

        record Address(String network) implements Key {}
    }

    private final RequestLimit limit;
    private final TimeMeter clock;
    private final Cache<Key, Bucket> buckets;

    Allowances(RequestLimit limit, TimeMeter clock) {
        this.limit = limit;
        this.clock = clock;
        // a bucket nobody took from for that long is full again
        var full = Duration.ofSeconds(limit.burst() / Math.max(1, limit.perSecond()) + 1L);
        this.buckets =
                Caffeine.newBuilder()
                        .maximumSize(MOST_REMEMBERED)
                        .expireAfterAccess(full.plusMinutes(1))
                        .build();
    }

    /** By the system's own clock. */
    public static Allowances of(RequestLimit limit) {
        return new Allowances(limit, TimeMeter.SYSTEM_NANOTIME);
    }

    /**
     * @throws Problem 429 if the person asked too often
     */
    void take(Caller.Person person) {
        take(new Key.Person(person.id()));
    }

    /**
     * Addresses of one IPv6 network (64 bits) share: whoever has one has them all.
     *
     * @throws Problem 429 if they asked too often
     */
    void take(String address) {
        take(key(address));
    }

    /** The same where a refusal is no problem but an answer. */
    public boolean tryTake(String address) {
        return isUnlimited() || bucket(key(address)).tryConsume(1);
    }

    /**
     * Answers what {@code question} does. Unless that is nothing, what was taken for the address is
     * given back, so that only failures count.
     */
    public <T> Optional<T> counted(String address, Supplier<Optional<T>> question) {
        boolean failed = false;
        try {
            var answer = question.get();
            failed = answer.isEmpty();
            return answer;
        } finally {
            if (!failed && !isUnlimited()) {
                bucket(key(address)).addTokens(1);
            }
        }
    }

    private void take(Key key) {
        if (isUnlimited()) {
            return;
        }
        var probe = bucket(key).tryConsumeAndReturnRemaining(1);
        if (!probe.isConsumed()) {
            throw Problem.tooMany(
                    "Too many requests. Wait before the next.",
                    Duration.ofNanos(probe.getNanosToWaitForRefill()));
        }
    }

    private boolean isUnlimited() {
        return limit.perSecond() == 0;
    }

    private static Key key(String address) {
        return new Key.Address(network(address));
    }

    private Bucket bucket(Key key) {
        return buckets.get(key, _ -> full());
    }

    private Bucket full() {
        return Bucket.builder()
                .addLimit(
                        bandwidth ->
                                bandwidth
                                        .capacity(limit.burst())
                                        .refillGreedy(limit.perSecond(), Duration.ofSeconds(1)))
                .withCustomTimePrecision(clock)
                .build();
    }

    private static String network(String address) {
        try {
            return InetAddress.ofLiteral(address) instanceof Inet6Address six
                    ? HexFormat.of().formatHex(six.getAddress(), 0, NETWORK_BYTES)
                    : address;
        } catch (IllegalArgumentException _) {
            // a connection without an address: within this machine
            return address;
        }
    }
}
