package dev.muster.coordinator.account.totp;

import dev.muster.coordinator.account.MasterKey;
import dev.muster.coordinator.account.Seal;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;

import javax.crypto.Mac;
import javax.crypto.SecretKey;

/**
 * Seals what authenticators share with us, and authenticates recovery codes, by HMAC-SHA256. Both
 * are bound to the developer, so that a row copied to another's place is worth nothing.
 * Thread-safe.
 */
final class TotpSecrets {

    private final Seal sealing;
    private final SecretKey recovery;

    TotpSecrets(MasterKey master) {
        this.sealing = new Seal(master, "totp/secret");
        this.recovery = master.derive("totp/recovery", "HmacSHA256");
    }

    byte[] seal(long developer, byte[] secret) {
        return sealing.close(secret, about(developer));
    }

    /**
     * The secret in what {@link #seal} made.
     *
     * @throws IllegalStateException if it was made for another developer, by another key, or not at
     *     all
     */
    byte[] open(long developer, byte[] sealed) {
        return sealing.open(sealed, about(developer));
    }

    private static String about(long developer) {
        return "totp/" + developer;
    }

    /** What is kept of a recovery code. */
    byte[] mac(long developer, String code) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(recovery);
            return mac.doFinal((developer + "/" + code).getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HmacSHA256 is part of every Java", e);
        }
    }
}
