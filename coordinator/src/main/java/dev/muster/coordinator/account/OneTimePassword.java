package dev.muster.coordinator.account;

import java.security.SecureRandom;

/** Passwords that Muster makes up, for people to type. */
public final class OneTimePassword {

    // No characters that look like others. 24 of these are 120 bits.
    private static final String ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789";
    private static final int LENGTH = 24;

    private static final SecureRandom RANDOM = new SecureRandom();

    private OneTimePassword() {}

    /** A new one. */
    public static String random() {
        var password = new StringBuilder(LENGTH);
        for (var i = 0; i < LENGTH; i++) {
            password.append(ALPHABET.charAt(RANDOM.nextInt(ALPHABET.length())));
        }
        return password.toString();
    }
}
