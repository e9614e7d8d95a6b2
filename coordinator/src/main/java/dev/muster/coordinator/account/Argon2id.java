package dev.muster.coordinator.account;

import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Pattern;

/**
 * Argon2id with 19 MiB, two passes and one lane, written as a PHC string, so that later hashes may
 * cost more while older ones still verify.
 */
final class Argon2id {

    private static final int MEMORY_KIB = 19_456;
    private static final int PASSES = 2;
    private static final int LANES = 1;
    private static final int SALT_BYTES = 16;
    private static final int HASH_BYTES = 32;

    private static final Pattern PHC =
            Pattern.compile(
                    "\\$argon2id\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,2}),p=(\\d{1,2})"
                            + "\\$([A-Za-z0-9+/]{11,86})\\$([A-Za-z0-9+/]{22,86})");

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Base64.Encoder BASE64 = Base64.getEncoder().withoutPadding();

    private Argon2id() {}

    static String hash(String password) {
        return hash(password, MEMORY_KIB, PASSES);
    }

    static String hash(String password, int memory, int passes) {
        var salt = new byte[SALT_BYTES];
        RANDOM.nextBytes(salt);
        var hash = compute(password, salt, memory, passes, LANES, HASH_BYTES);
        return "$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s"
                .formatted(
                        memory,
                        passes,
                        LANES,
                        BASE64.encodeToString(salt),
                        BASE64.encodeToString(hash));
    }

    static boolean verify(String password, String phc) {
        var parts = PHC.matcher(phc);
        if (!parts.matches()) {
            throw new IllegalArgumentException("this is no Argon2id hash");
        }
        var expected = Base64.getDecoder().decode(parts.group(5));
        var actual =
                compute(
                        password,
                        Base64.getDecoder().decode(parts.group(4)),
                        Integer.parseInt(parts.group(1)),
                        Integer.parseInt(parts.group(2)),
                        Integer.parseInt(parts.group(3)),
                        expected.length);
        return MessageDigest.isEqual(expected, actual);
    }

    private static byte[] compute(
            String password, byte[] salt, int memory, int passes, int lanes, int length) {
        var generator = new Argon2BytesGenerator();
        generator.init(
                new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                        .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                        .withMemoryAsKB(memory)
                        .withIterations(passes)
                        .withParallelism(lanes)
                        .withSalt(salt)
                        .build());
        var hash = new byte[length];
        generator.generateBytes(password.getBytes(StandardCharsets.UTF_8), hash);
        return hash;
    }
}
