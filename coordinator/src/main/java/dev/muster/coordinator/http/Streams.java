package dev.muster.coordinator.http;

import dev.muster.coordinator.db.DatabaseFailure;
import dev.muster.coordinator.time.Stopwatch;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntSupplier;
import java.util.function.Predicate;

/**
 * Answers that go on, as server-sent events, and those too large for memory: each on a virtual
 * thread of its own, which writes only when what it wrote before has left. So a slow reader holds
 * back its own feed and nothing is buffered for it; one that takes nothing for 10 s is cut off.
 * Thread-safe.
 */
final class Streams implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Streams.class);

    /** At once, in this process. */
    private static final int MOST = 1000;

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);
    private static final Duration CHECKED_EVERY = Duration.ofSeconds(2);
    private static final Duration HEARTBEAT = Duration.ofSeconds(15);
    private static final long SLOWEST_WRITE_SECONDS = 10;
    private static final Duration TRY_AGAIN = Duration.ofSeconds(5);

    private static final Buffer BEGINNING = Buffer.buffer("retry: 2000\n\n");
    private static final Buffer ALIVE = Buffer.buffer(":\n\n");

    private final Callers callers;
    private final IntSupplier mostOfPerson;
    private final Map<Long, Integer> ofPerson = new ConcurrentHashMap<>();
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private volatile boolean closing;

    /**
     * @param mostOfPerson how many one person may have open here, as it is set now
     */
    Streams(Callers callers, IntSupplier mostOfPerson) {
        this.callers = callers;
        this.mostOfPerson = mostOfPerson;
    }

    /**
     * Makes room for a stream of the caller's.
     *
     * @throws Problem 429 or 503 if there is none
     */
    void admit(Caller.Person person) {
        if (closing || threads.size() >= MOST) {
            throw Problem.unavailable("No more streams can be opened here now.", TRY_AGAIN);
        }
        int most = mostOfPerson.getAsInt();
        if (ofPerson.merge(person.id(), 1, Integer::sum) > most) {
            release(person);
            throw Problem.tooMany("You have " + most + " streams open already.", TRY_AGAIN);
        }
    }

    private void release(Caller.Person person) {
        ofPerson.computeIfPresent(person.id(), (_, open) -> open == 1 ? null : open - 1);
    }

    /** Sends what {@code feed} gives, to whom {@link #admit} made room; returns at once. */
    void start(HttpServerRequest request, Call call, Feed feed) {
        start(call, () -> run(request, call, feed));
    }

    /** The same for what {@code download} gives. */
    void start(HttpServerRequest request, Call call, Download download) {
        start(call, () -> run(request, call, download));
    }

    private void start(Call call, Runnable stream) {
        var thread = Thread.ofVirtual().name("stream " + call.requestId()).unstarted(stream);
        threads.add(thread);
        thread.start();
    }

    private void run(HttpServerRequest request, Call call, Feed feed) {
        try (feed) {
            send(request, call, feed);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (Problem | DatabaseFailure e) {
            // its reader comes again, and is told then
            log.info("stream ended request={} why={}", call.requestId(), e.toString());
        } catch (RuntimeException e) {
            log.error("stream failed request={}", call.requestId(), e);
        } finally {
            end(request);
            release(call.person());
            threads.remove(Thread.currentThread());
        }
    }

    private void run(HttpServerRequest request, Call call, Download download) {
        boolean isWhole = false;
        try {
            isWhole = send(request, call, download);
        } catch (Problem | DatabaseFailure e) {
            log.info("download ended request={} why={}", call.requestId(), e.toString());
        } catch (RuntimeException e) {
            log.error("download failed request={}", call.requestId(), e);
        } finally {
            if (isWhole) {
                end(request);
            } else {
                // an end in order would make a part look like the whole
                request.connection().close();
            }
            release(call.person());
            threads.remove(Thread.currentThread());
        }
    }

    /** Says whether all of it was sent. */
    private boolean send(HttpServerRequest request, Call call, Download download) {
        var sinceCheck = Stopwatch.started();
        for (var piece = download.next(); piece.isPresent(); piece = download.next()) {
            if (sinceCheck.elapsed().compareTo(CHECKED_EVERY) >= 0) {
                if (!mayGoOn(call, download::mayGoOn)) {
                    log.info("download ended request={} why=no right to it", call.requestId());
                    return false;
                }
                sinceCheck = Stopwatch.started();
            }
            if (closing || !write(request, piece.get())) {
                return false;
            }
        }
        return true;
    }

    private static void end(HttpServerRequest request) {
        var response = request.response();
        if (!response.ended() && !response.closed()) {
            response.end().onFailure(_ -> request.connection().close());
        }
    }

    private void send(HttpServerRequest request, Call call, Feed feed) throws InterruptedException {
        var sinceCheck = Stopwatch.started();
        var sinceWrite = Stopwatch.started();
        boolean reads = write(request, BEGINNING);
        while (reads && !closing && !request.response().closed() && !feed.isOver()) {
            var frames = feed.next(LONGEST_WAIT);
            if (sinceCheck.elapsed().compareTo(CHECKED_EVERY) >= 0) {
                if (!mayGoOn(call, feed::mayGoOn)) {
                    log.info("stream ended request={} why=no right to it", call.requestId());
                    return;
                }
                sinceCheck = Stopwatch.started();
            }
            if (!frames.isEmpty()) {
                reads = write(request, encoded(frames));
                sinceWrite = Stopwatch.started();
            } else if (sinceWrite.elapsed().compareTo(HEARTBEAT) >= 0) {
                reads = write(request, ALIVE);
                sinceWrite = Stopwatch.started();
            }
        }
    }

    private boolean mayGoOn(Call call, Predicate<Caller.Person> right) {
        return callers.person(call.token())
                .filter(now -> now.id() == call.person().id())
                .filter(right)
                .isPresent();
    }

    private static Buffer encoded(List<Frame> frames) {
        var text = new StringBuilder();
        frames.forEach(frame -> frame.appendTo(text));
        return Buffer.buffer(text.toString());
    }

    /** Waits until it has left; false if the reader is gone, or was cut off. */
    private static boolean write(HttpServerRequest request, Buffer buffer) {
        try {
            request.response()
                    .write(buffer)
                    .timeout(SLOWEST_WRITE_SECONDS, TimeUnit.SECONDS)
                    .await();
            return true;
        } catch (Exception e) {
            // await throws checked exceptions undeclared
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            if (e instanceof TimeoutException) {
                log.info("stream cut off why=its reader is too slow");
            }
            request.connection().close();
            return false;
        }
    }

    /** Ends all; returns when they ended, or after 5 s. */
    @Override
    public void close() {
        closing = true;
        var since = Stopwatch.started();
        try {
            for (var thread : threads) {
                var left = Duration.ofSeconds(5).minus(since.elapsed());
                if (left.isPositive()) {
                    thread.join(left);
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
