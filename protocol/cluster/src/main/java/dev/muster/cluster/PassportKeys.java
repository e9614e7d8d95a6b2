package dev.muster.cluster;

import org.jspecify.annotations.Nullable;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.function.Supplier;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

/** Shows the present passport at each handshake, so that a renewed one needs no new connections. */
final class PassportKeys extends X509ExtendedKeyManager {

    private static final String NAME = "member";
    private static final String ALGORITHM = "EC";

    private final Supplier<Passport> passports;

    PassportKeys(Supplier<Passport> passports) {
        this.passports = passports;
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal[] issuers) {
        return names(keyType);
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal[] issuers) {
        return names(keyType);
    }

    private static String @Nullable [] names(String keyType) {
        return keyType.equals(ALGORITHM) ? new String[] {NAME} : null;
    }

    @Override
    public @Nullable String chooseClientAlias(
            String[] keyTypes, Principal[] issuers, Socket socket) {
        return name(keyTypes);
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
        return name(keyType);
    }

    @Override
    public @Nullable String chooseEngineClientAlias(
            String[] keyTypes, Principal[] issuers, SSLEngine engine) {
        return name(keyTypes);
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
            String keyType, Principal[] issuers, SSLEngine engine) {
        return name(keyType);
    }

    private static @Nullable String name(String... keyTypes) {
        return Arrays.asList(keyTypes).contains(ALGORITHM) ? NAME : null;
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
        return alias.equals(NAME) ? new X509Certificate[] {passports.get().certificate()} : null;
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
        return alias.equals(NAME) ? passports.get().key() : null;
    }
}
