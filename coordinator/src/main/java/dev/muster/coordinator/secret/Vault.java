package dev.muster.coordinator.secret;

import dev.muster.coordinator.secret.SecretStore.Sealed;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Seals the secrets of projects, and opens them. Thread-safe. */
final class Vault {

    private static final Logger log = LoggerFactory.getLogger(Vault.class);

    private final Keys keys;

    Vault(Keys keys) {
        this.keys = keys;
    }

    /** With the newest key. */
    Sealed seal(long project, String name, String value) {
        return seal(keys.newest(), project, name, value.getBytes(StandardCharsets.UTF_8));
    }

    private static Sealed seal(Keys.Key key, long project, String name, byte[] value) {
        return new Sealed(
                project,
                name,
                key.seal().close(value, about(project, name)),
                new KeyStore.Wrapped(key.id(), new byte[0]));
    }

    /** The same secret sealed with another key; empty if it cannot be opened. */
    Optional<Sealed> sealAnew(Sealed secret, Keys.Key key) {
        return plain(secret).map(value -> seal(key, secret.project(), secret.name(), value));
    }

    /** The value; empty if its key is not known, or the row was not written by {@link #seal}. */
    Optional<String> open(Sealed secret) {
        return plain(secret).map(value -> new String(value, StandardCharsets.UTF_8));
    }

    private Optional<byte[]> plain(Sealed secret) {
        var plain =
                keys.open(secret.key())
                        .flatMap(
                                key ->
                                        key.seal()
                                                .opened(
                                                        secret.bytes(),
                                                        about(secret.project(), secret.name())));
        if (plain.isEmpty()) {
            log.error(
                    "a secret cannot be opened project={} name={} key={}",
                    secret.project(),
                    secret.name(),
                    secret.key().id());
        }
        return plain;
    }

    private static String about(long project, String name) {
        return "muster secret " + project + " " + name;
    }
}
