package dev.muster.worker.workspace;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A repository this machine may fetch from.
 *
 * @param url checked; a local one is a real path
 */
record Source(String url, Transport transport) {

    /** The mirror's directory: says nothing of the address, and is safe as a file name. */
    String mirrorName() {
        try {
            var digest = MessageDigest.getInstance("SHA-256").digest(url.getBytes(UTF_8));
            return HexFormat.of().formatHex(digest) + ".git";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
