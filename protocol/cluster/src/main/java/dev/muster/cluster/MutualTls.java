package dev.muster.cluster;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.core.net.TrustOptions;

import org.jspecify.annotations.Nullable;

import java.security.GeneralSecurityException;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;

/** TLS 1.3 in which both ends show a certificate of the same authority. Thread-safe. */
public final class MutualTls {

    private static final String PROTOCOL = "TLSv1.3";

    private final Supplier<Passport> passports;
    private final PassportKeys keys;
    private final AuthorityTrust trust;
    private final SSLContext context;
    private final HazelcastConnections connections = new HazelcastConnections();
    private volatile @Nullable BusConnections bus;

    /**
     * For one member.
     *
     * @param passports answers the present one, at each handshake: certificates are short-lived.
     *     Their key and authority stay the same
     */
    public MutualTls(Supplier<Passport> passports) {
        this.passports = passports;
        this.keys = new PassportKeys(passports);
        this.trust = new AuthorityTrust(passports.get().authority());
        try {
            this.context = SSLContext.getInstance(PROTOCOL);
            context.init(new KeyManager[] {keys}, new TrustManager[] {trust}, null);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("TLS 1.3 is part of every JDK", e);
        }
    }

    /**
     * Opens the event bus, on any free port of {@code host}.
     *
     * @param builder with a cluster manager
     * @param options of the Vert.x to make; its event bus is set up here
     */
    public Future<Vertx> openBus(VertxBuilder builder, VertxOptions options, String host) {
        var bus = protect(new EventBusOptions().setHost(host).setPort(0));
        return builder.with(options.setEventBusOptions(bus))
                .buildClustered()
                .compose(vertx -> keepFresh(vertx).map(vertx));
    }

    private EventBusOptions protect(EventBusOptions options) {
        var passport = passports.get();
        return options.setSsl(true)
                .setEnabledSecureTransportProtocols(Set.of(PROTOCOL))
                .setKeyCertOptions(
                        new PemKeyCertOptions()
                                .addKeyValue(Buffer.buffer(Pem.of(passport.key())))
                                .addCertValue(Buffer.buffer(Pem.of(passport.certificate()))))
                .setTrustOptions(
                        new PemTrustOptions()
                                .addCertValue(Buffer.buffer(Pem.of(passport.authority()))))
                .setTrustAll(false)
                .setClientAuth(ClientAuth.REQUIRED);
    }

    /**
     * The bus can be told of certificates as bytes only, which it would show until it is closed and
     * long after they expired. The two ends of connections inside it can be told better.
     */
    private Future<Void> keepFresh(Vertx vertx) {
        var client =
                new ClientSSLOptions()
                        .setHostnameVerificationAlgorithm("")
                        .setKeyCertOptions(KeyCertOptions.wrap(keys))
                        .setTrustOptions(TrustOptions.wrap(trust))
                        .setEnabledSecureTransportProtocols(Set.of(PROTOCOL));
        var server =
                new ServerSSLOptions()
                        .setClientAuth(ClientAuth.REQUIRED)
                        .setKeyCertOptions(KeyCertOptions.wrap(keys))
                        .setTrustOptions(TrustOptions.wrap(trust))
                        .setEnabledSecureTransportProtocols(Set.of(PROTOCOL));
        var opened = new BusConnections(vertx.eventBus());
        bus = opened;
        return Future.join(
                        opened.client().updateSSLOptions(client),
                        opened.server().updateSSLOptions(server))
                .mapEmpty();
    }

    /**
     * From now on no certificate of these machines is good, and what they have open is closed: they
     * are all that are barred.
     */
    public void bar(Set<UUID> machines) {
        trust.bar(machines);
        connections.closeOf(machines);
        var opened = bus;
        if (opened != null) {
            opened.closeOf(machines);
        }
    }

    AuthorityTrust trust() {
        return trust;
    }

    /** What its Hazelcast node has open. */
    HazelcastConnections connections() {
        return connections;
    }

    /** One end of a new connection; {@code client} is the one who opened it. */
    SSLEngine engine(boolean client) {
        var engine = context.createSSLEngine();
        engine.setUseClientMode(client);
        engine.setNeedClientAuth(true);
        engine.setEnabledProtocols(new String[] {PROTOCOL});
        return engine;
    }
}
