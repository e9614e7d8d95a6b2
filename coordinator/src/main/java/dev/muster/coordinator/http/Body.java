package dev.muster.coordinator.http;

import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;

import java.util.concurrent.TimeUnit;

/**
 * The body of one request, taken in within limits. The request stays paused until one of {@link
 * #read} and {@link #discard} is called, so nothing is held for callers who are refused.
 *
 * <p>What comes is taken in on the connection's event loop; whoever reads does so once, and waits.
 */
final class Body {

    /** Most bytes of a body. */
    static final int MOST_BYTES = 1 << 20;

    /**
     * How much of a body nobody wants is still taken in: a client that has not finished sending
     * would otherwise meet a broken connection instead of the answer.
     */
    private static final int MOST_DISCARDED = 16 << 20;

    private static final long MOST_SECONDS = 30;

    private final HttpServerRequest request;
    private final Promise<Boolean> ended = Promise.promise();
    private final Buffer kept = Buffer.buffer();
    private long received;
    private boolean keeps;

    private Body(HttpServerRequest request) {
        this.request = request;
    }

    /** Takes hold of a request's body before its first byte can be missed. */
    static Body of(HttpServerRequest request) {
        var body = new Body(request);
        if (!body.isComing()) {
            body.ended.complete(true);
            return body;
        }
        request.handler(body::take);
        request.endHandler(_ -> body.ended.tryComplete(true));
        request.exceptionHandler(_ -> body.ended.tryComplete(false));
        return body;
    }

    boolean isComing() {
        return isComing(request);
    }

    static boolean isComing(HttpServerRequest request) {
        return declaredLength(request) > 0
                || request.headers().contains(HttpHeaders.TRANSFER_ENCODING);
    }

    private void take(Buffer chunk) {
        received += chunk.length();
        if (keeps && received <= MOST_BYTES) {
            kept.appendBuffer(chunk);
        } else if (received > MOST_DISCARDED) {
            ended.tryComplete(false);
        }
    }

    /**
     * The JSON value that was sent.
     *
     * @throws Problem 413, 415 or 400
     */
    Object read() {
        if (!isJson(request.getHeader(HttpHeaders.CONTENT_TYPE))) {
            throw Problem.of(
                    415,
                    "unsupported_media_type",
                    "Send the body as Content-Type application/json.");
        }
        if (declaredLength() > MOST_BYTES) {
            throw tooLarge();
        }
        if (request.headers().contains(HttpHeaders.EXPECT, HttpHeaders.CONTINUE, true)) {
            request.response().writeContinue();
        }
        keeps = true;
        var whole = await();
        if (received > MOST_BYTES) {
            throw tooLarge();
        }
        if (!whole) {
            throw Problem.of(408, "request_timeout", "The body did not arrive in time.");
        }
        JsonGuard.check(kept.getBytes());
        try {
            var value = Json.decodeValue(kept);
            if (value != null) {
                return value;
            }
        } catch (DecodeException _) {
            // its message quotes the body, which may hold a password
        }
        throw Problem.badRequest("invalid_json", "The body is not a JSON object.");
    }

    private static Problem tooLarge() {
        return Problem.of(413, "content_too_large", "A body may have at most 1048576 bytes.");
    }

    /**
     * Takes in what is left of the body and forgets it.
     *
     * @return whether it ended, so that the connection can serve another request
     */
    boolean discard() {
        if (ended.future().isComplete()) {
            return ended.future().result();
        }
        var awaitsConsent = request.headers().contains(HttpHeaders.EXPECT);
        if (declaredLength() > MOST_DISCARDED || (awaitsConsent && received == 0)) {
            return false;
        }
        keeps = false;
        return await();
    }

    private boolean await() {
        request.resume();
        try {
            return ended.future().timeout(MOST_SECONDS, TimeUnit.SECONDS).await();
        } catch (Exception e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            // whoever asks again need not wait again
            ended.tryComplete(false);
            return false;
        }
    }

    private long declaredLength() {
        return declaredLength(request);
    }

    private static long declaredLength(HttpServerRequest request) {
        var length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        // Not a number never comes this far: the decoder refuses it.
        return length == null ? 0 : Long.parseLong(length);
    }

    private static boolean isJson(String contentType) {
        if (contentType == null) {
            return false;
        }
        var end = contentType.indexOf(';');
        var type = end < 0 ? contentType : contentType.substring(0, end);
        return type.trim().equalsIgnoreCase("application/json");
    }
}
