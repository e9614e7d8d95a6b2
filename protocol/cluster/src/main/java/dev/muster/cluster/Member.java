package dev.muster.cluster;

import com.hazelcast.config.Config;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MultiMapConfig;
import com.hazelcast.config.MultiMapConfig.ValueCollectionType;
import com.hazelcast.config.ServerSocketEndpointConfig;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.impl.HazelcastInstanceFactory;

import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * A member as it is to be: small, explicit, and only where it is told.
 *
 * @param cluster the cluster's name; it keeps apart what runs by mistake on one network, and
 *     protects nothing
 * @param node its name in Vert.x
 * @param host the one local address it binds
 * @param port of that address, 0 for any free one
 * @param members {@code host:port} of members to join
 * @param lite whether it keeps no data, and so cannot be alone
 * @param properties of Hazelcast, besides those that all members share
 */
public record Member(
        String cluster,
        UUID node,
        String host,
        int port,
        List<String> members,
        boolean lite,
        Map<String, String> properties) {

    /**
     * Detection of a silent member in seconds and not minutes, and no threads for what is not used.
     */
    private static final Map<String, String> SHARED =
            Map.ofEntries(
                    Map.entry("hazelcast.logging.type", "slf4j"),
                    Map.entry("hazelcast.phone.home.enabled", "false"),
                    Map.entry("hazelcast.shutdownhook.enabled", "false"),
                    Map.entry("hazelcast.socket.bind.any", "false"),
                    Map.entry("hazelcast.socket.client.bind.any", "false"),
                    Map.entry("hazelcast.heartbeat.interval.seconds", "1"),
                    Map.entry("hazelcast.health.monitoring.level", "OFF"),
                    Map.entry("hazelcast.operation.thread.count", "2"),
                    Map.entry("hazelcast.operation.generic.thread.count", "2"),
                    Map.entry("hazelcast.io.thread.count", "1"),
                    Map.entry("hazelcast.event.thread.count", "1"),
                    Map.entry("hazelcast.clientengine.thread.count", "1"),
                    Map.entry("hazelcast.clientengine.query.thread.count", "1"),
                    Map.entry("hazelcast.clientengine.blocking.thread.count", "1"));

    public Member {
        members = List.copyOf(members);
        properties = Map.copyOf(properties);
    }

    /** Joins the cluster, or founds it. */
    public HazelcastInstance start(MutualTls tls) {
        return HazelcastInstanceFactory.newHazelcastInstance(config(), null, new TlsNode(tls));
    }

    private Config config() {
        var config = new Config().setClusterName(cluster).setLiteMember(lite);
        SHARED.forEach(config::setProperty);
        properties.forEach(config::setProperty);
        config.getMemberAttributeConfig().setAttribute("__vertx.nodeId", node.toString());
        listen(config);
        // Vert.x keeps its own in these; all members must agree on them
        config.addMultiMapConfig(
                new MultiMapConfig("__vertx.subs")
                        .setBackupCount(1)
                        .setValueCollectionType(ValueCollectionType.SET));
        config.addMapConfig(new MapConfig("__vertx.haInfo").setBackupCount(1));
        config.addMapConfig(new MapConfig("__vertx.nodeInfo").setBackupCount(1));
        config.getJetConfig().setEnabled(false);
        config.getSerializationConfig().setJavaSerializationFilterConfig(onlyOurs());
        return config;
    }

    /** For members only: a Hazelcast client finds nobody to talk to. */
    private void listen(Config config) {
        var endpoint = new ServerSocketEndpointConfig().setPort(port).setPortAutoIncrement(false);
        endpoint.getInterfaces().setEnabled(true).addInterface(host);
        var network = config.getAdvancedNetworkConfig().setEnabled(true);
        network.setMemberEndpointConfig(endpoint);
        var join = network.getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true).setMembers(members);
    }

    /** No class but Hazelcast's own, Vert.x's and the JDK's is made from what a member sends. */
    private static JavaSerializationFilterConfig onlyOurs() {
        var filter = new JavaSerializationFilterConfig();
        filter.getWhitelist().addPrefixes("io.vertx.");
        return filter;
    }
}
