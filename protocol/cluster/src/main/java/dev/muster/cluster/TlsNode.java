package dev.muster.cluster;

import com.hazelcast.instance.EndpointQualifier;
import com.hazelcast.instance.impl.DefaultNodeContext;
import com.hazelcast.instance.impl.DefaultNodeExtension;
import com.hazelcast.instance.impl.Node;
import com.hazelcast.instance.impl.NodeExtension;
import com.hazelcast.internal.networking.Channel;
import com.hazelcast.internal.networking.ChannelInitializer;
import com.hazelcast.internal.server.ServerContext;

import java.util.function.Function;

/**
 * A Hazelcast node whose every connection begins and ends in TLS. The open edition has no setting
 * for that, so this uses what is inside it: each change of its version needs a look here, and a
 * test says whether strangers still get nothing.
 */
final class TlsNode extends DefaultNodeContext {

    private final MutualTls tls;

    TlsNode(MutualTls tls) {
        this.tls = tls;
    }

    @Override
    public NodeExtension createNodeExtension(Node node) {
        return new Extension(node, tls);
    }

    private static final class Extension extends DefaultNodeExtension {

        private final MutualTls tls;

        Extension(Node node, MutualTls tls) {
            super(node);
            this.tls = tls;
        }

        @Override
        public Function<EndpointQualifier, ChannelInitializer> createChannelInitializerFn(
                ServerContext context) {
            return super.createChannelInitializerFn(context).andThen(this::inTls);
        }

        private ChannelInitializer inTls(ChannelInitializer plain) {
            return channel -> initialize(channel, plain);
        }

        private void initialize(Channel channel, ChannelInitializer plain) throws Exception {
            var connection = new TlsConnection(tls.engine(channel.isClientMode()), tls.trust());
            tls.connections().add(channel, connection);
            channel.inboundPipeline().addLast(new TlsReader(connection));
            plain.initChannel(channel);
            channel.outboundPipeline().addLast(new TlsWriter(connection));
        }
    }
}
