package dev.muster.coordinator.machine;

import dev.muster.coordinator.time.Randomness;

import io.vertx.core.buffer.Buffer;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** Random secrets that are shown once and kept as a hash. */
final class Secret {

    private static final int BYTES = 32;

    private Secret() {}

    /** A new secret; the prefix tells people and scanners what it is. */
    static String draw(String prefix) {
        return prefix
                + Base64.getUrlEncoder().withoutPadding().encodeToString(Randomness.bytes(BYTES));
    }

    static Buffer hash(String secret) {
        try {
            var digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(secret.getBytes(StandardCharsets.UTF_8));
            return Buffer.buffer(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
