package dev.muster.cluster;

import io.netty.channel.Channel;
import io.netty.channel.group.ChannelGroup;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.impl.clustered.ClusteredEventBus;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.impl.CleanableNetClient;

import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * The connections of an event bus, which has no word for them: this looks inside, and each change
 * of Vert.x's version needs a look here.
 */
final class BusConnections {

    private final EventBus bus;

    BusConnections(EventBus bus) {
        this.bus = bus;
    }

    /** What others' connections come to. */
    NetServer server() {
        return inside(ClusteredEventBus.class, bus, "server", NetServer.class);
    }

    /** What opens its own connections. */
    NetClient client() {
        return inside(ClusteredEventBus.class, bus, "client", NetClient.class);
    }

    /** Closes those whose other end is one of {@code machines}. */
    void closeOf(Set<UUID> machines) {
        var client = client() instanceof CleanableNetClient outer ? outer.unwrap() : client();
        for (var end : List.of(server(), client)) {
            var channels = inside(end.getClass(), end, "channelGroup", ChannelGroup.class);
            for (var channel : channels) {
                if (isOneOf(machines, channel)) {
                    var _ = channel.close();
                }
            }
        }
    }

    private static boolean isOneOf(Set<UUID> machines, Channel channel) {
        var tls = channel.pipeline().get(SslHandler.class);
        return tls != null
                && AuthorityTrust.machine(tls.engine().getSession())
                        .filter(machines::contains)
                        .isPresent();
    }

    private static <T> T inside(Class<?> of, Object owner, String field, Class<T> type) {
        try {
            var found = of.getDeclaredField(field);
            found.setAccessible(true);
            return type.cast(found.get(owner));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this version of Vert.x is not the one looked into", e);
        }
    }
}
