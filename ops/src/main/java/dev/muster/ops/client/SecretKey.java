package dev.muster.ops.client;

import java.time.Instant;

/**
 * A key that secrets are sealed with, as much as is ever told of it.
 *
 * @param madeAt as an instant in ISO 8601
 * @param secrets how many are sealed with it
 */
public record SecretKey(String id, String madeAt, long secrets) {

    public boolean isOlderThan(SecretKey other) {
        return Instant.parse(madeAt).isBefore(Instant.parse(other.madeAt));
    }
}
