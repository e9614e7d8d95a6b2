package dev.muster.coordinator.cluster;

import dev.muster.cluster.Passport;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A member's first words to another one, by hand. */
public final class MemberSocket {

    private static final char[] NO_PASSWORD = {};
    private static final int MOST_MILLIS = 10_000;

    private MemberSocket() {}

    /** A connection to Hazelcast in TLS, over which it has answered. */
    public static Socket greeted(String address, Passport passport) throws IOException {
        var socket = to(address, passport);
        var greeting = "HZC".getBytes(StandardCharsets.US_ASCII);
        try {
            socket.getOutputStream().write(greeting);
            if (socket.getInputStream().readNBytes(greeting.length).length < greeting.length) {
                throw new IOException("no answer");
            }
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** A connection in TLS, of which only the near end has seen the other's certificate. */
    static Socket to(String address, Passport passport) throws IOException {
        var where = URI.create("member://" + address);
        var socket =
                context(passport).getSocketFactory().createSocket(where.getHost(), where.getPort());
        socket.setSoTimeout(MOST_MILLIS);
        return socket;
    }

    /** Whether the other end closes it, however, within ten seconds. */
    public static boolean ends(Socket socket) throws IOException {
        try {
            while (socket.getInputStream().read() >= 0) {
                // what was said before
            }
            return true;
        } catch (SocketTimeoutException _) {
            return false;
        } catch (IOException _) {
            return true;
        }
    }

    private static SSLContext context(Passport passport) {
        try {
            var store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry(
                    "own", passport.key(), NO_PASSWORD, new Certificate[] {passport.certificate()});
            store.setCertificateEntry("authority", passport.authority());
            var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, NO_PASSWORD);
            var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            var context = SSLContext.getInstance("TLSv1.3");
            context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
