package dev.muster.coordinator.account;

import dev.muster.coordinator.http.Problem;
import dev.muster.protocol.pipeline.Fault;

import io.vertx.core.Future;
import io.vertx.core.Promise;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

/**
 * Hashes and checks passwords, a few at a time on threads of its own: each takes tens of
 * milliseconds and 19 MiB, and must hold up nobody but who logs in. Thread-safe.
 */
public final class Passwords implements AutoCloseable {

    private static final int MOST_AT_ONCE = 4;
    private static final int MOST_WAITING = 64;
    private static final Duration MOST_WAIT = Duration.ofSeconds(5);

    private static final int SHORTEST = 12;
    private static final int LONGEST = 1024;

    // A name of fewer letters is a part of many a good password.
    private static final int SHORTEST_NAME = 4;
    private static final int LEAST_BESIDES_NAME = 8;

    private static final Set<String> COMMON = common();

    // Checked in place of an unknown user's, so that both answers take the same time.
    private final String nobodys = Argon2id.hash("nobody has this password");

    private final ThreadPoolExecutor threads;

    public Passwords() {
        var atOnce = Math.min(MOST_AT_ONCE, Runtime.getRuntime().availableProcessors());
        threads =
                new ThreadPoolExecutor(
                        atOnce,
                        atOnce,
                        0,
                        TimeUnit.SECONDS,
                        new ArrayBlockingQueue<>(MOST_WAITING),
                        Thread.ofPlatform().name("password-", 0).daemon().factory());
    }

    private static Set<String> common() {
        try (var in = Passwords.class.getResourceAsStream("/common-passwords.txt")) {
            if (in == null) {
                throw new IllegalStateException("common-passwords.txt is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .collect(Collectors.toUnmodifiableSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * What is wrong with a password that someone wants, if anything.
     *
     * @param name of who wants it
     */
    public static Optional<Fault> fault(String pointer, String name, String password) {
        var normal = normal(password);
        var length = normal.codePointCount(0, normal.length());
        if (length < SHORTEST || length > LONGEST) {
            return unfit(
                    pointer, "A password has %d to %d characters.".formatted(SHORTEST, LONGEST));
        }
        var lower = normal.toLowerCase(Locale.ROOT);
        if (COMMON.contains(lower) || lower.chars().distinct().count() == 1) {
            return unfit(pointer, "This password is one of those that are tried first.");
        }
        var besidesName = lower.replace(name, "").length();
        var isName = name.length() >= SHORTEST_NAME && besidesName < LEAST_BESIDES_NAME;
        return isName || lower.equals(name)
                ? unfit(pointer, "A password is not made of one's name.")
                : Optional.empty();
    }

    private static Optional<Fault> unfit(String pointer, String message) {
        return Optional.of(new Fault(pointer, "invalid_password", message));
    }

    /** Keyboards write the same letter in several ways; all of them are the same password. */
    static String normal(String password) {
        return Normalizer.normalize(password, Normalizer.Form.NFC);
    }

    /**
     * A hash to store, with its salt and parameters in it.
     *
     * @throws Problem 503 if too many others wait already
     */
    public String hash(String password) {
        return run(() -> Argon2id.hash(normal(password)));
    }

    /**
     * Whether the password is the one that was hashed.
     *
     * @param stored empty for a user who does not exist: takes as long, and answers false
     * @throws Problem 503 if too many others wait already
     */
    public boolean verify(String password, Optional<String> stored) {
        return run(
                () ->
                        Argon2id.verify(normal(password), stored.orElse(nobodys))
                                && stored.isPresent());
    }

    private <T> T run(Callable<T> work) {
        var abandoned = new AtomicBoolean();
        var promise = Promise.<T>promise();
        try {
            threads.execute(
                    () -> {
                        if (!abandoned.get()) {
                            perform(work, promise);
                        }
                    });
        } catch (RejectedExecutionException _) {
            throw crowded();
        }
        return await(promise.future(), abandoned);
    }

    private static <T> void perform(Callable<T> work, Promise<T> promise) {
        try {
            promise.complete(work.call());
        } catch (Exception e) {
            promise.fail(e);
        }
    }

    /** Waits as {@code Database.await} does: the verticle serves others meanwhile. */
    private static <T> T await(Future<T> pending, AtomicBoolean abandoned) {
        try {
            return pending.timeout(MOST_WAIT.toMillis(), TimeUnit.MILLISECONDS).await();
        } catch (Exception e) {
            abandoned.set(true);
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            if (e instanceof TimeoutException) {
                throw crowded();
            }
            throw new IllegalStateException("a password could not be hashed", e);
        }
    }

    private static Problem crowded() {
        return Problem.unavailable("Too many people log in at this moment.", Duration.ofSeconds(2));
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
