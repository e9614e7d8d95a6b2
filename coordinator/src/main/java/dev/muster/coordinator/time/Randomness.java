package dev.muster.coordinator.time;

import java.security.SecureRandom;
import java.util.UUID;

/** Random numbers nobody can guess. Thread-safe. */
public final class Randomness {

    private static final SecureRandom RANDOM = new SecureRandom();

    private Randomness() {}

    public static byte[] bytes(int count) {
        var bytes = new byte[count];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    public static UUID uuid() {
        return UUID.randomUUID();
    }
}
