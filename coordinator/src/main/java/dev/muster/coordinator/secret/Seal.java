package dev.muster.coordinator.secret;

import dev.muster.coordinator.time.Randomness;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Optional;

import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * AES-256-GCM with a random nonce of 96 bits before the ciphertext. What was sealed for one purpose
 * opens for no other. With random nonces a key must not seal more than 2^32 times (NIST SP 800-38D,
 * 8.3), which no team's secrets come near.
 */
final class Seal {

    private static final int NONCE = 12;
    private static final int TAG_BITS = 128;

    private Seal() {}

    /**
     * Seals.
     *
     * @param purpose what it is for; bound to it, and not hidden
     */
    static byte[] seal(SecretKey key, String purpose, byte[] plain) {
        try {
            var nonce = Randomness.bytes(NONCE);
            var sealed = cipher(Cipher.ENCRYPT_MODE, key, nonce, purpose).doFinal(plain);
            return ByteBuffer.allocate(NONCE + sealed.length).put(nonce).put(sealed).array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has AES-GCM", e);
        }
    }

    /** Opens; empty if it was sealed with another key or for another purpose, or was changed. */
    static Optional<byte[]> open(SecretKey key, String purpose, byte[] sealed) {
        if (sealed.length < NONCE) {
            return Optional.empty();
        }
        try {
            var nonce = new byte[NONCE];
            System.arraycopy(sealed, 0, nonce, 0, NONCE);
            var cipher = cipher(Cipher.DECRYPT_MODE, key, nonce, purpose);
            return Optional.of(cipher.doFinal(sealed, NONCE, sealed.length - NONCE));
        } catch (AEADBadTagException _) {
            return Optional.empty();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has AES-GCM", e);
        }
    }

    private static Cipher cipher(int mode, SecretKey key, byte[] nonce, String purpose)
            throws GeneralSecurityException {
        var cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(purpose.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }
}
