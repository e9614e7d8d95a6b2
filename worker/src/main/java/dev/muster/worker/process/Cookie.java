package dev.muster.worker.process;

import dev.muster.protocol.digest.Sha256;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * What an attempt's processes carry in their environment, so that they can be found wherever they
 * went.
 *
 * @param value the daemon's family, a dash and a random part
 */
public record Cookie(String value) {

    /** The environment variable it travels in. */
    public static final String VARIABLE = "MUSTER_COOKIE";

    private static final SecureRandom RANDOM = new SecureRandom();

    /**
     * What all daemons of one data directory have in common, one after the other. Two daemons on a
     * machine have two directories, so neither ever ends what belongs to the other.
     *
     * @param name 16 hex digits
     */
    public record Family(String name) {

        /** The family of the daemon that lives in {@code data}, an existing directory. */
        public static Family of(Path data) throws IOException {
            var digest = Sha256.of(data.toRealPath().toString());
            return new Family(HexFormat.of().formatHex(digest, 0, 8));
        }

        /** A cookie that no attempt had before. */
        public Cookie next() {
            var random = new byte[8];
            RANDOM.nextBytes(random);
            return new Cookie(name + "-" + HexFormat.of().formatHex(random));
        }

        boolean baked(Cookie cookie) {
            return cookie.value.startsWith(name + "-");
        }
    }
}
