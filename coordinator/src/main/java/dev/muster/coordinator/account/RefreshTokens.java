package dev.muster.coordinator.account;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;

import javax.crypto.Mac;
import javax.crypto.SecretKey;

/**
 * Writes and reads refresh tokens. Thread-safe.
 *
 * <p>A token is a session, a generation and 256 bits that only the master key's holders can compute
 * for the two. That gives what rotation needs and random bits do not: the same successor can be
 * given out again when its answer was lost, on any coordinator, though nothing of it is stored; a
 * token of any earlier generation is known for what it is, and its reuse ends the session; and what
 * a stranger makes up is refused without asking the database, so nobody ends another's session by
 * guessing. A copy of the database holds no token.
 */
final class RefreshTokens {

    private static final String PREFIX = "mst_ref_";
    private static final int SUBJECT_BYTES = 16 + 4;
    private static final int PROOF_BYTES = 32;

    /** Which use of which session a token is for. */
    record Use(UUID session, int generation) {}

    private final SecretKey key;

    RefreshTokens(MasterKey master) {
        this.key = master.derive("session/refresh", "HmacSHA256");
    }

    String write(Use use) {
        var subject = subject(use);
        var token =
                ByteBuffer.allocate(SUBJECT_BYTES + PROOF_BYTES).put(subject).put(proof(subject));
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(token.array());
    }

    /** What a token is for, if it is one of ours. */
    Optional<Use> read(String token) {
        if (!token.startsWith(PREFIX)) {
            return Optional.empty();
        }
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(token.substring(PREFIX.length()));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
        if (bytes.length != SUBJECT_BYTES + PROOF_BYTES) {
            return Optional.empty();
        }
        var buffer = ByteBuffer.wrap(bytes);
        var use = new Use(new UUID(buffer.getLong(), buffer.getLong()), buffer.getInt());
        var given = new byte[PROOF_BYTES];
        buffer.get(given);
        return MessageDigest.isEqual(given, proof(subject(use)))
                ? Optional.of(use)
                : Optional.empty();
    }

    private static byte[] subject(Use use) {
        return ByteBuffer.allocate(SUBJECT_BYTES)
                .putLong(use.session().getMostSignificantBits())
                .putLong(use.session().getLeastSignificantBits())
                .putInt(use.generation())
                .array();
    }

    private byte[] proof(byte[] subject) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return mac.doFinal(subject);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HmacSHA256 is part of every Java", e);
        }
    }
}
