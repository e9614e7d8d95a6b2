package dev.muster.coordinator.http;

import dev.muster.coordinator.db.DatabaseFailure;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.handler.HttpException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/** The only place that writes responses, so that none says more than it should. Thread-safe. */
final class Outlet {

    private static final Logger log = LoggerFactory.getLogger(Outlet.class);

    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
    private static final CharSequence PROBLEM =
            HttpHeaders.createOptimized("application/problem+json");
    private static final CharSequence EVENTS = HttpHeaders.createOptimized("text/event-stream");
    private static final CharSequence NO_SNIFFING =
            HttpHeaders.createOptimized("X-Content-Type-Options");
    private static final CharSequence NOSNIFF = HttpHeaders.createOptimized("nosniff");
    private static final CharSequence NO_STORE = HttpHeaders.createOptimized("no-store");

    private static final Duration DATABASE_RETRY = Duration.ofSeconds(2);
    private static final long QUIET_NANOS = Duration.ofSeconds(1).toNanos();

    // Two coordinators must not give out the same request ids.
    private final String prefix =
            HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt()) + "-";
    private final AtomicLong requests = new AtomicLong();
    private final AtomicLong lastOutageLine = new AtomicLong(System.nanoTime() - QUIET_NANOS);

    String nextRequestId() {
        return prefix + Long.toString(requests.incrementAndGet(), 36);
    }

    void send(HttpServerResponse response, Answer answer) {
        var headers = response.setStatusCode(answer.status()).headers();
        headers.set(NO_SNIFFING, NOSNIFF).set(HttpHeaders.CACHE_CONTROL, NO_STORE);
        answer.headers().forEach(headers::set);
        var body = answer.body();
        if (body == null) {
            response.end();
            return;
        }
        if (!headers.contains(HttpHeaders.CONTENT_TYPE)) {
            headers.set(HttpHeaders.CONTENT_TYPE, JSON);
        }
        response.end(body);
    }

    /** Begins an answer that goes on; its stream writes the rest. */
    void open(HttpServerResponse response, Answer answer) {
        var headers = response.setStatusCode(200).setChunked(true).headers();
        headers.set(NO_SNIFFING, NOSNIFF)
                .set(HttpHeaders.CACHE_CONTROL, NO_STORE)
                .set(HttpHeaders.CONTENT_TYPE, EVENTS)
                // nginx would hold it back until its buffer is full
                .set("X-Accel-Buffering", "no");
        answer.headers().forEach(headers::set);
    }

    /** Says no, after the client had its chance to finish speaking. */
    void refuse(HttpServerRequest request, Body body, Throwable why, String requestId) {
        var problem = problem(why, requestId);
        var response = request.response();
        if (response.ended() || response.closed()) {
            return;
        }
        if (!body.discard()) {
            response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
        send(response, problem, requestId);
    }

    static void send(HttpServerResponse response, Problem problem, String requestId) {
        var headers = response.setStatusCode(problem.status()).headers();
        headers.set(NO_SNIFFING, NOSNIFF)
                .set(HttpHeaders.CACHE_CONTROL, NO_STORE)
                .set(HttpHeaders.CONTENT_TYPE, PROBLEM);
        problem.headers().forEach(headers::set);
        response.end(problem.document(requestId).toBuffer());
    }

    private Problem problem(Throwable why, String requestId) {
        return switch (why) {
            case Problem problem -> problem;
            case DatabaseFailure failure when !failure.isRefusal() -> {
                noteOutage(failure, requestId);
                yield Problem.unavailable(
                        "The database does not answer. Try again shortly.", DATABASE_RETRY);
            }
            case HttpException _ ->
                    // thrown by the library where an escape in the query cannot be decoded
                    Problem.badRequest("invalid_request", "The address cannot be decoded.");
            default -> {
                log.error("request failed request={}", requestId, why);
                yield Problem.of(500, "internal_error", "Something went wrong here, not with you.");
            }
        };
    }

    /** At most one line a second: an outage meets every request. */
    private void noteOutage(DatabaseFailure failure, String requestId) {
        var now = System.nanoTime();
        var last = lastOutageLine.get();
        if (now - last >= QUIET_NANOS && lastOutageLine.compareAndSet(last, now)) {
            log.warn("database unavailable request={}", requestId, failure);
        }
    }
}
