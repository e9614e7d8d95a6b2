package dev.muster.cluster;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Lets in whom the authority signed for, within the life of the certificate, and only members. What
 * host somebody calls from says nothing: whoever holds such a certificate is a member anywhere.
 */
final class AuthorityTrust extends X509ExtendedTrustManager {

    private static final int URI = 6; // of GeneralName, RFC 5280 section 4.2.1.6

    private final X509ExtendedTrustManager paths;
    private volatile Set<UUID> barred = Set.of();

    AuthorityTrust(X509Certificate authority) {
        try {
            var store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setCertificateEntry("authority", authority);
            var factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(store);
            this.paths = (X509ExtendedTrustManager) factory.getTrustManagers()[0];
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException("no authority: " + authority, e);
        }
    }

    /** From now on these machines, and no others, are refused whatever they show. */
    void bar(Set<UUID> machines) {
        barred = Set.copyOf(machines);
    }

    /** Whose worker the other end of a session is; empty for a coordinator or while unknown. */
    static Optional<UUID> machine(SSLSession session) {
        try {
            return session.getPeerCertificates()[0] instanceof X509Certificate shown
                    ? machine(shown)
                    : Optional.empty();
        } catch (SSLPeerUnverifiedException | CertificateException _) {
            return Optional.empty();
        }
    }

    private static Optional<UUID> machine(X509Certificate shown) throws CertificateException {
        var names = shown.getSubjectAlternativeNames();
        return names == null
                ? Optional.empty()
                : names.stream()
                        .filter(AuthorityTrust::isMember)
                        .map(name -> String.valueOf(name.get(1)))
                        .filter(urn -> urn.startsWith(Passport.MACHINE))
                        .map(urn -> UUID.fromString(urn.substring(Passport.MACHINE.length())))
                        .findFirst();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String how, SSLEngine engine)
            throws CertificateException {
        paths.checkClientTrusted(chain, how);
        checkMember(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String how, SSLEngine engine)
            throws CertificateException {
        paths.checkServerTrusted(chain, how);
        checkMember(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String how, Socket socket)
            throws CertificateException {
        checkClientTrusted(chain, how);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String how, Socket socket)
            throws CertificateException {
        checkServerTrusted(chain, how);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String how)
            throws CertificateException {
        paths.checkClientTrusted(chain, how);
        checkMember(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String how)
            throws CertificateException {
        paths.checkServerTrusted(chain, how);
        checkMember(chain);
    }

    private void checkMember(X509Certificate[] chain) throws CertificateException {
        var names = chain[0].getSubjectAlternativeNames();
        var member = names != null && names.stream().anyMatch(AuthorityTrust::isMember);
        if (!member) {
            throw new CertificateException("no member's: " + chain[0].getSubjectX500Principal());
        }
        if (machine(chain[0]).filter(barred::contains).isPresent()) {
            throw new CertificateException("barred: " + chain[0].getSubjectX500Principal());
        }
    }

    /**
     * Looks at the other end of a session as of now, however old the session is.
     *
     * @throws SSLException if it is no member, or one no longer
     */
    void checkAgain(SSLSession session) throws SSLException {
        try {
            if (!(session.getPeerCertificates()[0] instanceof X509Certificate shown)) {
                throw new SSLHandshakeException("no certificate of a member");
            }
            shown.checkValidity();
            checkMember(new X509Certificate[] {shown});
        } catch (CertificateException e) {
            throw new SSLHandshakeException(String.valueOf(e.getMessage()), e);
        }
    }

    private static boolean isMember(List<?> name) {
        return name.get(0) instanceof Integer kind
                && kind == URI
                && name.get(1) instanceof String urn
                && (urn.equals(Passport.COORDINATOR) || urn.startsWith(Passport.MACHINE));
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return paths.getAcceptedIssuers();
    }
}
