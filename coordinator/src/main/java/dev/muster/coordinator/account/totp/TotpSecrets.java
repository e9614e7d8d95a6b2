package dev.muster.coordinator.account.totp;

import dev.muster.coordinator.account.MasterKey;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;

import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * Encrypts what authenticators share with us, by AES-256-GCM, and authenticates recovery codes, by
 * HMAC-SHA256. Both are bound to the developer, so that a row copied to another's place is worth
 * nothing. Thread-safe.
 */
final class TotpSecrets {

    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final SecureRandom random = new SecureRandom();
    private final SecretKey sealing;
    private final SecretKey recovery;

    TotpSecrets(MasterKey master) {
        this.sealing = master.derive("totp/secret", "AES");
        this.recovery = master.derive("totp/recovery", "HmacSHA256");
    }

    /** The nonce and what the key makes of the secret. */
    byte[] seal(long developer, byte[] secret) {
        var nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            var sealed = cipher(Cipher.ENCRYPT_MODE, developer, nonce).doFinal(secret);
            return ByteBuffer.allocate(NONCE_BYTES + sealed.length).put(nonce).put(sealed).array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES/GCM is part of every Java", e);
        }
    }

    /**
     * The secret in what {@link #seal} made.
     *
     * @throws IllegalStateException if it was made for another developer, by another key, or not at
     *     all
     */
    byte[] open(long developer, byte[] sealed) {
        try {
            var nonce = Arrays.copyOf(sealed, NONCE_BYTES);
            return cipher(Cipher.DECRYPT_MODE, developer, nonce)
                    .doFinal(sealed, NONCE_BYTES, sealed.length - NONCE_BYTES);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IllegalStateException("a second factor's secret cannot be decrypted", e);
        }
    }

    private Cipher cipher(int mode, long developer, byte[] nonce) throws GeneralSecurityException {
        var cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, sealing, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(("totp/" + developer).getBytes(StandardCharsets.US_ASCII));
        return cipher;
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
