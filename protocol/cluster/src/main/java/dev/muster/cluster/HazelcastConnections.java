package dev.muster.cluster;

import com.hazelcast.internal.networking.Channel;
import com.hazelcast.internal.server.ServerConnection;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * The open connections of Hazelcast nodes, from their first byte on. Whoever has not shown who it
 * is takes memory, so there are few such and none for long. Thread-safe.
 */
final class HazelcastConnections {

    private static final Logger log = LoggerFactory.getLogger(HazelcastConnections.class);

    /** A handshake takes milliseconds, and seconds on a machine that has none to spare. */
    private static final Duration LONGEST_HANDSHAKE = Duration.ofSeconds(10);

    /**
     * Beyond it the oldest one goes: who is let in shakes hands before so many others knock. Each
     * takes some 100 KB.
     */
    private static final int MOST_UNKNOWN = 512;

    // in the order of their beginning; guarded by this
    private final Map<Channel, TlsConnection> open = new LinkedHashMap<>();

    /** A connection begins. */
    void add(Channel channel, TlsConnection tls) {
        synchronized (this) {
            open.put(channel, tls);
        }
        channel.addCloseListener(this::remove);
        if (channel.isClosed()) {
            remove(channel);
        }
        var _ =
                tls.established()
                        .orTimeout(LONGEST_HANDSHAKE.toMillis(), TimeUnit.MILLISECONDS)
                        .whenComplete(
                                (_, late) -> {
                                    if (late != null) {
                                        close(channel, "no handshake in time");
                                    }
                                });
        tooMany().ifPresent(oldest -> close(oldest, "too many connections without handshake"));
    }

    private synchronized void remove(Channel channel) {
        var tls = open.remove(channel);
        if (tls != null) {
            // nobody waits for it any more
            tls.established().complete(null);
        }
    }

    private synchronized Optional<Channel> tooMany() {
        var unknown =
                open.entrySet().stream()
                        .filter(one -> !one.getKey().isClientMode())
                        .filter(one -> !one.getValue().established().isDone())
                        .map(Map.Entry::getKey)
                        .toList();
        return unknown.size() > MOST_UNKNOWN ? Optional.of(unknown.getFirst()) : Optional.empty();
    }

    /** Closes those whose other end is one of {@code machines}. */
    void closeOf(Set<UUID> machines) {
        List<Channel> theirs;
        synchronized (this) {
            theirs =
                    open.entrySet().stream()
                            .filter(
                                    one ->
                                            one.getValue()
                                                    .machine()
                                                    .filter(machines::contains)
                                                    .isPresent())
                            .map(Map.Entry::getKey)
                            .toList();
        }
        theirs.forEach(channel -> close(channel, "its machine is barred"));
    }

    /** By its owner, which keeps a list of its own. */
    private static void close(Channel channel, String why) {
        if (channel.attributeMap().get(ServerConnection.class) instanceof ServerConnection owner) {
            owner.close(why, null);
            return;
        }
        try {
            channel.close();
        } catch (IOException e) {
            log.warn("a connection was not closed cleanly why={}", e.toString());
        }
    }
}
