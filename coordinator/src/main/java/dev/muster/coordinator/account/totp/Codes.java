package dev.muster.coordinator.account.totp;

import com.eatthepath.otp.HmacOneTimePasswordGenerator;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.OptionalLong;

import javax.crypto.spec.SecretKeySpec;

/** Six digits that change each 30 s, as authenticator apps compute them. */
final class Codes {

    /** How long a code is shown, in seconds. */
    static final int STEP_SECONDS = 30;

    /** Digits of a code. */
    static final int DIGITS = 6;

    // One step to either side, for slow fingers and clocks that differ.
    private static final int WINDOW = 1;

    private Codes() {}

    /** The code of one step. */
    static String at(byte[] secret, long step) {
        try {
            var key = new SecretKeySpec(secret, "HmacSHA1");
            return new HmacOneTimePasswordGenerator(DIGITS)
                    .generateOneTimePasswordString(key, step, Locale.ROOT);
        } catch (InvalidKeyException e) {
            throw new IllegalStateException("any bytes are a key for HmacSHA1", e);
        }
    }

    /**
     * Which step the code is of, if it is one of those that may be shown now.
     *
     * @param now in seconds since 1970
     */
    static OptionalLong stepOf(byte[] secret, String code, long now) {
        var given = code.getBytes(StandardCharsets.UTF_8);
        var found = OptionalLong.empty();
        for (var step = now / STEP_SECONDS - WINDOW; step <= now / STEP_SECONDS + WINDOW; step++) {
            var right = at(secret, step).getBytes(StandardCharsets.US_ASCII);
            if (MessageDigest.isEqual(right, given)) {
                found = OptionalLong.of(step);
            }
        }
        return found;
    }
}
