package dev.muster.coordinator.account;

/** Hashes that are verified as others are, in no time: most tests sign in for something else. */
public final class CheapPassword {

    private static final int LEAST_KIB = 8;

    private CheapPassword() {}

    public static String hash(String password) {
        return Argon2id.hash(password, LEAST_KIB, 1);
    }
}
