package dev.muster.coordinator.account;

import dev.muster.protocol.digest.Sha256;

import io.vertx.core.buffer.Buffer;

/** What is kept of a secret that was drawn at random and is only compared: its SHA-256. */
public final class SecretHash {

    private SecretHash() {}

    /** 32 bytes. */
    public static Buffer of(String secret) {
        return Buffer.buffer(Sha256.of(secret));
    }
}
