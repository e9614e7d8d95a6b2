package dev.muster.coordinator.account;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.muster.coordinator.db.DatabaseFailure;
import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.http.Problem;

import io.vertx.core.Future;
import io.vertx.core.Promise;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Whom a credential lets in, as the database saw it less than a second ago. However many requests
 * one sends, one question a second is asked for it. Thread-safe.
 *
 * @param <K> names a credential; no secret itself, since it stays in memory
 */
public final class Living<K> {

    private static final long FRESH_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long MOST_REMEMBERED = 50_000;
    private static final long MOST_SECONDS = 10;

    /**
     * @param askedAtNanos when the question was put: what ends after that may be missed
     */
    private record Finding(Future<Optional<Caller.Person>> person, long askedAtNanos) {
        boolean isFresh() {
            return System.nanoTime() - askedAtNanos < FRESH_NANOS;
        }
    }

    private final Function<K, Optional<Caller.Person>> source;
    private final Cache<K, Finding> findings =
            Caffeine.newBuilder()
                    .maximumSize(MOST_REMEMBERED)
                    .expireAfterWrite(Duration.ofMinutes(1))
                    .build();

    /**
     * @param source asks the database, and waits for it
     */
    public Living(Function<K, Optional<Caller.Person>> source) {
        this.source = source;
    }

    /** Whose it is, with the role they have now; empty if it is good no more. */
    public Optional<Caller.Person> find(K key) {
        var known = findings.getIfPresent(key);
        if (known != null && known.isFresh()) {
            return await(known.person());
        }
        var promise = Promise.<Optional<Caller.Person>>promise();
        var mine = new Finding(promise.future(), System.nanoTime());
        var chosen = findings.asMap().merge(key, mine, (old, ours) -> old.isFresh() ? old : ours);
        if (!chosen.equals(mine)) {
            return await(chosen.person());
        }
        return ask(key, mine, promise);
    }

    private Optional<Caller.Person> ask(
            K key, Finding mine, Promise<Optional<Caller.Person>> promise) {
        try {
            var person = source.apply(key);
            promise.complete(person);
            return person;
        } catch (RuntimeException e) {
            findings.asMap().remove(key, mine);
            promise.fail(e);
            throw e;
        }
    }

    private static Optional<Caller.Person> await(Future<Optional<Caller.Person>> pending) {
        if (pending.succeeded()) {
            return pending.result();
        }
        try {
            return pending.timeout(MOST_SECONDS, TimeUnit.SECONDS).await();
        } catch (Exception e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            if (e instanceof DatabaseFailure failure) {
                throw failure;
            }
            throw Problem.unavailable(
                    "Your token could not be checked in time.", Duration.ofSeconds(2));
        }
    }

    /** Makes an end known here at once. */
    public void ended(K key) {
        findings.put(key, new Finding(Future.succeededFuture(Optional.empty()), System.nanoTime()));
    }

    /** Makes the next question go to the database. */
    void changed(K key) {
        findings.invalidate(key);
    }
}
