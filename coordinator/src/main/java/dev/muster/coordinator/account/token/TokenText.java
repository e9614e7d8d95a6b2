package dev.muster.coordinator.account.token;

import dev.muster.coordinator.account.CheckDigits;
import dev.muster.protocol.digest.Sha256;

import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * How a token is written: {@code mst_pat_}, thirty random letters and digits (178 bits), and six
 * for the CRC-32 of those, by which scanners tell a token from a word. What was mistyped or made up
 * is refused without asking the database.
 */
final class TokenText {

    static final String PREFIX = "mst_pat_";

    private static final String ALPHABET = CheckDigits.ALPHABET;
    private static final int RANDOM_LETTERS = 30;
    private static final SecureRandom RANDOM = new SecureRandom();

    private TokenText() {}

    static String random() {
        var letters = new StringBuilder(RANDOM_LETTERS);
        for (var i = 0; i < RANDOM_LETTERS; i++) {
            letters.append(ALPHABET.charAt(RANDOM.nextInt(ALPHABET.length())));
        }
        return PREFIX + letters + CheckDigits.of(letters.toString());
    }

    /** Whether the text has the form of a token, its check letters included. */
    static boolean isOne(String text) {
        if (!text.startsWith(PREFIX)
                || text.length() != PREFIX.length() + RANDOM_LETTERS + CheckDigits.COUNT) {
            return false;
        }
        var letters = text.substring(PREFIX.length(), PREFIX.length() + RANDOM_LETTERS);
        return letters.chars().allMatch(letter -> ALPHABET.indexOf(letter) >= 0)
                && text.endsWith(CheckDigits.of(letters));
    }

    /** The SHA-256 of a token in hex, which is all that is kept of it. */
    static String hash(String text) {
        return HexFormat.of().formatHex(Sha256.of(text));
    }
}
