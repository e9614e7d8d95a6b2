package dev.muster.coordinator.account;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * The one secret that others are derived from, by HKDF-SHA256. Coordinators that share the file
 * agree on every key. Thread-safe.
 */
public final class MasterKey {

    private static final String FILE = "master.key";
    private static final String FORMER = "master.key.former";
    private static final int BYTES = 32;
    private static final Set<PosixFilePermission> OWNER_ONLY =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
    private static final byte[] SALT = "muster/1".getBytes(StandardCharsets.US_ASCII);

    private final byte[] secret;

    private MasterKey(byte[] secret) {
        this.secret = secret;
    }

    /**
     * Reads the key of this data directory; makes it on the first start.
     *
     * @throws IllegalStateException if others than its owner can read it, or it is no key
     */
    public static MasterKey open(Path data) {
        var file = data.resolve(FILE);
        try {
            if (!Files.exists(file)) {
                create(file);
            }
            return read(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read or make " + file, e);
        }
    }

    /**
     * Reads the key that the directory's was put in the place of, if its operator left it there.
     *
     * @throws IllegalStateException as for {@link #open}
     */
    public static Optional<MasterKey> former(Path data) {
        var file = data.resolve(FORMER);
        try {
            return Files.exists(file) ? Optional.of(read(file)) : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    private static MasterKey read(Path file) throws IOException {
        var permissions = EnumSet.copyOf(Files.getPosixFilePermissions(file));
        if (!OWNER_ONLY.containsAll(permissions)) {
            throw new IllegalStateException(
                    "%s can be read or written by others than its owner; run: chmod 600 %s"
                            .formatted(file, file));
        }
        var secret = Files.readAllBytes(file);
        if (secret.length != BYTES) {
            throw new IllegalStateException(
                    "%s is damaged: it has %d bytes, not %d".formatted(file, secret.length, BYTES));
        }
        return new MasterKey(secret);
    }

    private static void create(Path file) throws IOException {
        var secret = new byte[BYTES];
        new SecureRandom().nextBytes(secret);
        SecretFile.createUnlessThere(file, secret);
    }

    /** The key for one purpose: 32 bytes that say nothing about any other purpose's key. */
    public SecretKey derive(String purpose, String algorithm) {
        try {
            return KDF.getInstance("HKDF-SHA256").deriveKey(algorithm, parameters(purpose, BYTES));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HKDF-SHA256 is part of every Java 25", e);
        }
    }

    /** The same as bytes, for libraries that want those. */
    byte[] deriveBytes(String purpose) {
        return deriveBytes(purpose, BYTES);
    }

    /** The same, {@code count} bytes of it. */
    public byte[] deriveBytes(String purpose, int count) {
        try {
            return KDF.getInstance("HKDF-SHA256").deriveData(parameters(purpose, count));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HKDF-SHA256 is part of every Java 25", e);
        }
    }

    private HKDFParameterSpec parameters(String purpose, int count) {
        return HKDFParameterSpec.ofExtract()
                .addIKM(secret)
                .addSalt(SALT)
                .thenExpand(purpose.getBytes(StandardCharsets.UTF_8), count);
    }
}
