package dev.muster.cluster;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;

/**
 * What a member shows the others, and whom it lets in.
 *
 * @param key its own, which leaves the process never
 * @param certificate that {@code authority} signed for that key
 * @param authority whose certificates are let in
 */
public record Passport(PrivateKey key, X509Certificate certificate, X509Certificate authority) {

    /** Every certificate of a member names it by a URN that begins with this. */
    public static final String URN = "urn:muster:";

    /** The URN of any coordinator. */
    public static final String COORDINATOR = URN + "coordinator";

    /** A machine's URN is this and its id. */
    public static final String MACHINE = URN + "machine:";

    /** Without its key. */
    @Override
    public String toString() {
        return "Passport[" + certificate.getSubjectX500Principal() + "]";
    }
}
