package dev.muster.cluster;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Lets in whom the authority signed for, within the life of the certificate, and only members. What
 * host somebody calls from says nothing: whoever holds such a certificate is a member anywhere.
 */
final class AuthorityTrust extends X509ExtendedTrustManager {

    private static final int URI = 6; // of GeneralName, RFC 5280 section 4.2.1.6

    private final X509ExtendedTrustManager paths;

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

    private static void checkMember(X509Certificate[] chain) throws CertificateException {
        var names = chain[0].getSubjectAlternativeNames();
        var member = names != null && names.stream().anyMatch(AuthorityTrust::isMember);
        if (!member) {
            throw new CertificateException("no member's: " + chain[0].getSubjectX500Principal());
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
