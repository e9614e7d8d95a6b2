package dev.muster.coordinator.account;

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
 * Closes what lies in the database and only coordinators may read, by AES-256-GCM. What was closed
 * about one thing does not open as if it were about another. Thread-safe.
 */
public final class Seal {

    private static final byte FORM = 1;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final SecretKey key;

    /**
     * @param purpose by which its key differs from all others of {@code master}
     */
    public Seal(MasterKey master, String purpose) {
        this(master.derive(purpose, "AES"));
    }

    /** With a key that is used for nothing else. */
    public Seal(SecretKey key) {
        this.key = key;
    }

    /**
     * A form byte, a nonce, and what AES-GCM makes of {@code plain}.
     *
     * @param about what it belongs to and stands for there
     */
    public byte[] close(byte[] plain, String about) {
        // random: far fewer than 2^32 are ever drawn for one key
        var nonce = Randomness.bytes(NONCE_BYTES);
        try {
            var closed = cipher(Cipher.ENCRYPT_MODE, nonce, about).doFinal(plain);
            return ByteBuffer.allocate(1 + nonce.length + closed.length)
                    .put(FORM)
                    .put(nonce)
                    .put(closed)
                    .array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM is part of every Java", e);
        }
    }

    /**
     * What {@link #close} was given.
     *
     * @throws IllegalStateException if this key did not close it, or about something else, or it
     *     was changed
     */
    public byte[] open(byte[] closed, String about) {
        return opened(closed, about)
                .orElseThrow(
                        () ->
                                new IllegalStateException(
                                        "what is closed about " + about + " does not open"));
    }

    /** The same; empty where that throws. */
    public Optional<byte[]> opened(byte[] closed, String about) {
        if (closed.length < 1 + NONCE_BYTES || closed[0] != FORM) {
            return Optional.empty();
        }
        var rest = ByteBuffer.wrap(closed, 1, closed.length - 1);
        var nonce = new byte[NONCE_BYTES];
        rest.get(nonce);
        var text = new byte[rest.remaining()];
        rest.get(text);
        try {
            return Optional.of(cipher(Cipher.DECRYPT_MODE, nonce, about).doFinal(text));
        } catch (AEADBadTagException _) {
            return Optional.empty();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM is part of every Java", e);
        }
    }

    private Cipher cipher(int mode, byte[] nonce, String about) throws GeneralSecurityException {
        var cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(about.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }
}
