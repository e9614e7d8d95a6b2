package dev.muster.coordinator.http;

import dev.muster.protocol.digest.Sha256;

import io.vertx.core.json.JsonObject;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * Names a request, so that its repetition is known as one: the client's {@code Idempotency-Key},
 * and a digest of what was asked for.
 */
public record RequestKey(String key, byte[] fingerprint) {

    /** Under this header the client sends its key. */
    static final String HEADER = "Idempotency-Key";

    /** The order of the body's fields does not matter. */
    static RequestKey of(String key, Map<String, String> path, JsonObject body) {
        var digest = Sha256.begin();
        digest.update(bytes(new JsonObject(new TreeMap<>(body.getMap())).encode()));
        new TreeMap<>(path).values().forEach(value -> digest.update(bytes("/" + value)));
        return new RequestKey(key, digest.digest());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
