package dev.muster.coordinator.http;

import dev.muster.protocol.pipeline.Fault;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A refusal the caller is meant to understand, sent as a problem document (RFC 9457). The sentence
 * goes to the caller as it is: it names nothing that the caller may not know.
 */
public final class Problem extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int status;
    private final String code;
    private final transient List<Fault> faults;
    private final transient Map<String, String> headers;

    private Problem(
            int status,
            String code,
            String sentence,
            List<Fault> faults,
            Map<String, String> headers) {
        // An expected refusal needs no stack: making one costs more than the refusal itself.
        super(sentence, null, false, false);
        this.status = status;
        this.code = code;
        this.faults = List.copyOf(faults);
        this.headers = Map.copyOf(headers);
    }

    /** Any status that the named ones below do not cover. */
    public static Problem of(int status, String code, String sentence) {
        return new Problem(status, code, sentence, List.of(), Map.of());
    }

    /** 400: what was sent breaks the rules in these places. */
    public static Problem badRequest(String code, String sentence, List<Fault> faults) {
        return new Problem(400, code, sentence, faults, Map.of());
    }

    /** 400 for what has no places to point at. */
    public static Problem badRequest(String code, String sentence) {
        return badRequest(code, sentence, List.of());
    }

    /** 401: who the caller is was not shown. */
    public static Problem unauthorized(String code, String sentence) {
        return of(401, code, sentence).with("WWW-Authenticate", "Bearer");
    }

    /** 403: known, and not allowed. For a thing the caller may not even see it is 404. */
    public static Problem forbidden(String code, String sentence) {
        return of(403, code, sentence);
    }

    /** 404: not there, or nothing the caller may see. */
    public static Problem notFound(String sentence) {
        return of(404, "not_found", sentence);
    }

    /** 409: the state of things does not allow it now. */
    public static Problem conflict(String code, String sentence) {
        return of(409, code, sentence);
    }

    /** 410: it was there and is no longer. */
    public static Problem gone(String code, String sentence) {
        return of(410, code, sentence);
    }

    /** 422: the key that came with a request names another one. */
    public static Problem otherRequest() {
        return of(
                422,
                "idempotency_key_reused",
                "This Idempotency-Key came with another request within the last day; give each"
                        + " request a key of its own.");
    }

    /** 429: too often; the same may be asked again after the wait. */
    public static Problem tooMany(String sentence, Duration retryAfter) {
        return of(429, "too_many_requests", sentence).retryAfter(retryAfter);
    }

    /** 503: not now; the same may be asked again after the wait. */
    public static Problem unavailable(String sentence, Duration retryAfter) {
        return of(503, "unavailable", sentence).retryAfter(retryAfter);
    }

    /** The same problem with one more header. */
    public Problem with(String header, String value) {
        var all = new HashMap<>(headers);
        all.put(header, value);
        return new Problem(status, code, sentence(), faults, all);
    }

    private Problem retryAfter(Duration wait) {
        var seconds = Math.max(1, wait.plusMillis(999).toSeconds());
        return with("Retry-After", Long.toString(seconds));
    }

    /** HTTP status. */
    public int status() {
        return status;
    }

    /** A stable word a program can switch on. */
    public String code() {
        return code;
    }

    /** What the caller is told. */
    public String sentence() {
        var sentence = getMessage();
        return sentence == null ? code : sentence;
    }

    /** What is wrong where, in what the caller sent. */
    public List<Fault> faults() {
        return faults;
    }

    Map<String, String> headers() {
        return headers;
    }

    JsonObject document(@Nullable String requestId) {
        var document =
                new JsonObject()
                        .put("type", "urn:muster:problem:" + code)
                        .put("title", title(status))
                        .put("status", status)
                        .put("code", code)
                        // what simple clients print; the same sentence as detail
                        .put("error", sentence())
                        .put("detail", sentence());
        if (!faults.isEmpty()) {
            var errors = new JsonArray();
            for (var fault : faults) {
                errors.add(
                        new JsonObject()
                                .put("pointer", fault.pointer())
                                .put("code", fault.code())
                                .put("message", fault.message()));
            }
            document.put("errors", errors);
        }
        return requestId == null ? document : document.put("requestId", requestId);
    }

    private static String title(int status) {
        return HttpResponseStatus.valueOf(status).reasonPhrase();
    }
}
