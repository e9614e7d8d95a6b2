package dev.muster.worker.workspace;

import dev.muster.protocol.digest.Sha256;

import java.util.HexFormat;

/**
 * A repository this machine may fetch from.
 *
 * @param url checked; a local one is a real path
 */
record Source(String url, Transport transport) {

    /** The mirror's directory: says nothing of the address, and is safe as a file name. */
    String mirrorName() {
        return HexFormat.of().formatHex(Sha256.of(url)) + ".git";
    }
}
