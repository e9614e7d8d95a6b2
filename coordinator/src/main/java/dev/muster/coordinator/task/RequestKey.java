package dev.muster.coordinator.task;

import io.vertx.core.json.JsonObject;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.TreeMap;

/**
 * Names a request, so that its repetition is known as one: the client's {@code Idempotency-Key},
 * and a digest of what was asked for.
 */
record RequestKey(String key, byte[] fingerprint) {

    /** The order of the body's fields does not matter. */
    static RequestKey of(String key, JsonObject body) {
        var ordered = new JsonObject(new TreeMap<>(body.getMap())).encode();
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            return new RequestKey(key, digest.digest(ordered.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
