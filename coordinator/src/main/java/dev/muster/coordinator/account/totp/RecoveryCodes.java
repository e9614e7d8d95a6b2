package dev.muster.coordinator.account.totp;

import dev.muster.coordinator.time.Randomness;

import org.bouncycastle.util.encoders.Base32;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Codes for when the authenticator is lost: 80 bits each, in four groups to be typed. */
final class RecoveryCodes {

    /** How many come with a second factor. */
    static final int COUNT = 10;

    private static final int BYTES = 10;

    private RecoveryCodes() {}

    /** New ones, as their owner sees them. */
    static List<String> random() {
        return Stream.generate(RecoveryCodes::one).limit(COUNT).toList();
    }

    private static String one() {
        var letters = Base32.toBase32String(Randomness.bytes(BYTES)).toLowerCase(Locale.ROOT);
        return String.join(
                "-",
                letters.substring(0, 4),
                letters.substring(4, 8),
                letters.substring(8, 12),
                letters.substring(12));
    }

    /** A code however it was typed: without what people put between letters. */
    static String normal(String typed) {
        return typed.replaceAll("[\\s-]", "").toLowerCase(Locale.ROOT);
    }
}
