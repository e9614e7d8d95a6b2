package dev.muster.coordinator.account;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/**
 * The last characters of secrets that are shown once: they follow from the random ones before, so
 * that scanners of leaked text know one from what looks like it, and what was mistyped is refused
 * without asking the database.
 */
public final class CheckDigits {

    /** How many there are. */
    public static final int COUNT = 6;

    /** What they are written in. */
    public static final String ALPHABET =
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private CheckDigits() {}

    /** The CRC-32 of {@code random} in 62 digits. */
    public static String of(String random) {
        var crc = new CRC32();
        crc.update(random.getBytes(StandardCharsets.UTF_8));
        var rest = crc.getValue();
        var digits = new char[COUNT];
        for (int i = COUNT - 1; i >= 0; i--) {
            digits[i] = ALPHABET.charAt((int) (rest % ALPHABET.length()));
            rest /= ALPHABET.length();
        }
        return new String(digits);
    }
}
