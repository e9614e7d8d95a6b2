package dev.muster.cluster;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/**
 * The TLS of one connection, between its two directions. Hazelcast may run them on two threads, and
 * during a handshake each waits for the other, so they step one at a time.
 */
final class TlsConnection {

    private final SSLEngine engine;
    private final AuthorityTrust trust;
    private final ReentrantLock lock = new ReentrantLock();
    private final CompletableFuture<Void> established = new CompletableFuture<>();
    private boolean shaking = true;

    TlsConnection(SSLEngine engine, AuthorityTrust trust) throws SSLException {
        this.engine = engine;
        this.trust = trust;
        engine.beginHandshake();
    }

    /** Done once both ends have shown who they are, or nobody waits for that any more. */
    CompletableFuture<Void> established() {
        return established;
    }

    /** Whose worker the other end is; empty for a coordinator, and before it has shown that. */
    Optional<UUID> machine() {
        lock.lock();
        try {
            return AuthorityTrust.machine(engine.getSession());
        } finally {
            lock.unlock();
        }
    }

    /** The most that one record takes on the wire. */
    int recordSize() {
        return engine.getSession().getPacketBufferSize();
    }

    /** The most that one record holds. */
    int contentSize() {
        return engine.getSession().getApplicationBufferSize();
    }

    /** What has to happen next. Work that only takes time is done before this answers. */
    HandshakeStatus status() {
        lock.lock();
        try {
            return settled(engine.getHandshakeStatus());
        } finally {
            lock.unlock();
        }
    }

    /** Puts a record's worth of {@code content}, or of the handshake, into {@code record}. */
    SSLEngineResult wrap(ByteBuffer content, ByteBuffer record) throws SSLException {
        lock.lock();
        try {
            var result = engine.wrap(content, record);
            ends();
            return result;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes one record apart.
     *
     * @param wake runs if the other direction has to speak next or may speak from now on
     */
    SSLEngineResult unwrap(ByteBuffer record, ByteBuffer content, Runnable wake)
            throws SSLException {
        lock.lock();
        try {
            var result = engine.unwrap(record, content);
            var next = settled(result.getHandshakeStatus());
            if (ends() || next == HandshakeStatus.NEED_WRAP) {
                wake.run();
            }
            return result;
        } finally {
            lock.unlock();
        }
    }

    // Results do not always say FINISHED: a server without tickets says so never, if the client's
    // last word was taken by one of the engine's tasks.
    private boolean ends() throws SSLException {
        if (!shaking || engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING) {
            return false;
        }
        shaking = false;
        // who goes on with an earlier session has not been looked at
        trust.checkAgain(engine.getSession());
        established.complete(null);
        return true;
    }

    private HandshakeStatus settled(HandshakeStatus status) {
        var settled = status;
        while (settled == HandshakeStatus.NEED_TASK) {
            for (var task = engine.getDelegatedTask();
                    task != null;
                    task = engine.getDelegatedTask()) {
                task.run();
            }
            settled = engine.getHandshakeStatus();
        }
        return settled;
    }
}
