package dev.muster.coordinator.machine;

import dev.muster.coordinator.account.CheckDigits;
import dev.muster.coordinator.time.Randomness;

import java.util.Base64;

/**
 * Random secrets that are shown once and kept as a hash: a prefix, 43 random characters, and 6 that
 * follow from those by CRC-32, so that scanners of leaked text know one from what looks like it.
 */
final class Secret {

    private static final int BYTES = 32;
    private static final int RANDOM_CHARACTERS = 43;

    private Secret() {}

    /** A new secret; the prefix tells people and scanners what it is. */
    static String draw(String prefix) {
        var random =
                Base64.getUrlEncoder().withoutPadding().encodeToString(Randomness.bytes(BYTES));
        return prefix + random + CheckDigits.of(random);
    }

    /** Whether it can have been drawn with this prefix: nothing is missing and nothing mistyped. */
    static boolean isWhole(String prefix, String secret) {
        var from = prefix.length();
        var to = from + RANDOM_CHARACTERS;
        return secret.startsWith(prefix)
                && secret.length() == to + CheckDigits.COUNT
                && secret.endsWith(CheckDigits.of(secret.substring(from, to)));
    }
}
