package dev.muster.worker.link;

import com.hazelcast.config.Config;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MultiMapConfig;

import dev.muster.worker.WorkerConfig;
import dev.muster.worker.identity.ClusterAddress;

import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;

import java.util.Map;
import java.util.UUID;

/** How this daemon's cluster member is set up: small, explicit, and only where it is told. */
final class ClusterSettings {

    /** Fewer threads than a member that holds data, and a frozen peer noticed in 5 s. */
    private static final Map<String, String> PROPERTIES =
            Map.ofEntries(
                    Map.entry("hazelcast.logging.type", "slf4j"),
                    Map.entry("hazelcast.phone.home.enabled", "false"),
                    Map.entry("hazelcast.shutdownhook.enabled", "false"),
                    Map.entry("hazelcast.socket.bind.any", "false"),
                    Map.entry("hazelcast.socket.client.bind.any", "false"),
                    Map.entry("hazelcast.heartbeat.interval.seconds", "1"),
                    Map.entry("hazelcast.max.no.heartbeat.seconds", "5"),
                    Map.entry("hazelcast.max.join.seconds", "15"),
                    Map.entry("hazelcast.health.monitoring.level", "OFF"),
                    Map.entry("hazelcast.operation.thread.count", "2"),
                    Map.entry("hazelcast.operation.generic.thread.count", "2"),
                    Map.entry("hazelcast.io.thread.count", "1"),
                    Map.entry("hazelcast.event.thread.count", "1"),
                    Map.entry("hazelcast.clientengine.thread.count", "1"),
                    Map.entry("hazelcast.clientengine.query.thread.count", "1"),
                    Map.entry("hazelcast.clientengine.blocking.thread.count", "1"));

    private ClusterSettings() {}

    /** A lite member named {@code node} that knows {@code address} and finds nobody else. */
    static Config member(ClusterAddress address, String host, UUID node) {
        var config = new Config();
        config.setInstanceName(node.toString());
        config.setClusterName(address.name());
        config.setLiteMember(true);
        config.getMemberAttributeConfig().setAttribute("__vertx.nodeId", node.toString());
        PROPERTIES.forEach(config::setProperty);

        var network = config.getNetworkConfig();
        network.setPort(0).setPortAutoIncrement(false).setPublicAddress(null);
        network.getInterfaces().setEnabled(true).addInterface(host);
        var join = network.getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true).setMembers(address.members());

        // Vert.x keeps its own in these; all members must agree on them
        config.addMultiMapConfig(
                new MultiMapConfig("__vertx.subs")
                        .setBackupCount(1)
                        .setValueCollectionType(MultiMapConfig.ValueCollectionType.SET));
        config.addMapConfig(new MapConfig("__vertx.haInfo").setBackupCount(1));
        config.addMapConfig(new MapConfig("__vertx.nodeInfo").setBackupCount(1));
        return config;
    }

    /**
     * An event bus on {@code config.clusterHost()}, with mutual TLS where there are certificates.
     */
    static VertxOptions vertx(WorkerConfig config) {
        var bus = new EventBusOptions().setHost(config.clusterHost()).setPort(0);
        config.tls()
                .ifPresent(
                        tls ->
                                bus.setSsl(true)
                                        .setKeyCertOptions(
                                                new PemKeyCertOptions()
                                                        .addCertPath(tls.certificate().toString())
                                                        .addKeyPath(tls.key().toString()))
                                        .setTrustOptions(
                                                new PemTrustOptions()
                                                        .addCertPath(tls.authority().toString()))
                                        .setTrustAll(false)
                                        .setClientAuth(ClientAuth.REQUIRED));
        return new VertxOptions()
                .setEventBusOptions(bus)
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(2)
                .setInternalBlockingPoolSize(4)
                .setFileSystemOptions(
                        new FileSystemOptions()
                                .setFileCachingEnabled(false)
                                .setClassPathResolvingEnabled(false));
    }
}
