package dev.muster.coordinator.cluster;

import com.hazelcast.config.Config;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MultiMapConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;

import dev.muster.coordinator.config.ClusterConfig;
import dev.muster.coordinator.time.Randomness;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.spi.VertxMetricsFactory;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A Vert.x that is a member of the cluster. */
public final class Cluster implements AutoCloseable {

    /**
     * Cluster members agree on it; it keeps apart what runs by mistake on one network, and protects
     * nothing.
     */
    public static final String NAME = "muster";

    private static final int START_SECONDS = 60;
    private static final int STOP_SECONDS = 10;

    /**
     * Detection of a silent member in seconds and not minutes, leaving in seconds and not minutes
     * (what is kept there is made anew by whoever stays), and no threads for what is not used.
     */
    private static final Map<String, String> PROPERTIES =
            Map.ofEntries(
                    Map.entry("hazelcast.phone.home.enabled", "false"),
                    Map.entry("hazelcast.socket.bind.any", "false"),
                    Map.entry("hazelcast.shutdownhook.enabled", "false"),
                    Map.entry("hazelcast.wait.seconds.before.join", "0"),
                    Map.entry("hazelcast.graceful.shutdown.max.wait", "10"),
                    Map.entry("hazelcast.heartbeat.interval.seconds", "1"),
                    Map.entry("hazelcast.max.no.heartbeat.seconds", "10"),
                    Map.entry("hazelcast.merge.first.run.delay.seconds", "10"),
                    Map.entry("hazelcast.merge.next.run.delay.seconds", "10"),
                    Map.entry("hazelcast.operation.thread.count", "2"),
                    Map.entry("hazelcast.operation.generic.thread.count", "2"),
                    Map.entry("hazelcast.io.thread.count", "1"),
                    Map.entry("hazelcast.event.thread.count", "1"),
                    Map.entry("hazelcast.clientengine.thread.count", "1"),
                    Map.entry("hazelcast.clientengine.query.thread.count", "1"),
                    Map.entry("hazelcast.clientengine.blocking.thread.count", "1"),
                    Map.entry("hazelcast.health.monitoring.level", "OFF"),
                    Map.entry("hazelcast.logging.type", "slf4j"));

    private final HazelcastInstance hazelcast;
    private final Vertx vertx;

    private Cluster(HazelcastInstance hazelcast, Vertx vertx) {
        this.hazelcast = hazelcast;
        this.vertx = vertx;
    }

    /**
     * Joins the cluster, or founds it.
     *
     * @param options of the Vert.x to make; its event bus is set up here
     * @throws IllegalArgumentException if the address is open to others and no certificates are
     *     given
     */
    public static Cluster join(
            ClusterConfig config, VertxOptions options, VertxMetricsFactory metrics) {
        refuseOpenDoor(config);
        var hazelcast = Hazelcast.newHazelcastInstance(hazelcastConfig(config));
        Vertx vertx = null;
        try {
            vertx =
                    Vertx.builder()
                            .with(options.setEventBusOptions(eventBus(config)))
                            .withMetrics(metrics)
                            .withClusterManager(new HazelcastClusterManager(hazelcast))
                            .buildClustered()
                            .timeout(START_SECONDS, TimeUnit.SECONDS)
                            .await();
            return new Cluster(hazelcast, vertx);
        } finally {
            if (vertx == null) {
                hazelcast.getLifecycleService().terminate();
            }
        }
    }

    /**
     * Who reaches the bus can speak to every worker, and neither Hazelcast nor the bus asks who it
     * is.
     */
    static void refuseOpenDoor(ClusterConfig config) {
        try {
            var address = InetAddress.getByName(config.host());
            if (address.isAnyLocalAddress()) {
                throw new IllegalArgumentException(
                        "cluster.host is "
                                + config.host()
                                + ", which means every address of this machine: name the one that"
                                + " the others reach.");
            }
            if (config.tls().isEmpty() && !address.isLoopbackAddress()) {
                throw new IllegalArgumentException(
                        "cluster.host is "
                                + config.host()
                                + ", which others can reach: give cluster.tls-certificate,"
                                + " cluster.tls-key and cluster.tls-authority, or use a loopback"
                                + " address such as 127.0.0.1.");
            }
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(
                    "cluster.host '" + config.host() + "' is no address of this machine.", e);
        }
    }

    private static Config hazelcastConfig(ClusterConfig config) {
        var hazelcast = new Config().setClusterName(NAME);
        PROPERTIES.forEach(hazelcast::setProperty);
        hazelcast
                .getMemberAttributeConfig()
                .setAttribute("__vertx.nodeId", Randomness.uuid().toString());
        var network =
                hazelcast.getNetworkConfig().setPort(config.port()).setPortAutoIncrement(false);
        network.getInterfaces().setEnabled(true).addInterface(config.host());
        var join = network.getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true).setMembers(List.copyOf(config.members()));
        // what Vert.x keeps there: subscriptions and node details
        hazelcast.addMultiMapConfig(new MultiMapConfig("__vertx.subs").setBackupCount(1));
        hazelcast.addMapConfig(new MapConfig("__vertx.haInfo").setBackupCount(1));
        hazelcast.addMapConfig(new MapConfig("__vertx.nodeInfo").setBackupCount(1));
        hazelcast.getJetConfig().setEnabled(false);
        hazelcast.getSerializationConfig().setJavaSerializationFilterConfig(onlyOurs());
        return hazelcast;
    }

    /**
     * Hazelcast reads a packet before it knows who sent it: no class but its own, Vert.x's and the
     * JDK's, whose exceptions members tell each other, is made from one.
     */
    private static JavaSerializationFilterConfig onlyOurs() {
        var filter = new JavaSerializationFilterConfig();
        filter.getWhitelist().addPrefixes("io.vertx.");
        return filter;
    }

    private static EventBusOptions eventBus(ClusterConfig config) {
        var options = new EventBusOptions().setHost(config.host()).setPort(0);
        config.tls()
                .ifPresent(
                        tls ->
                                options.setSsl(true)
                                        .setTrustAll(false)
                                        .setClientAuth(ClientAuth.REQUIRED)
                                        .setKeyCertOptions(
                                                new PemKeyCertOptions()
                                                        .setCertPath(tls.certificate().toString())
                                                        .setKeyPath(tls.key().toString()))
                                        .setTrustOptions(
                                                new PemTrustOptions()
                                                        .addCertPath(tls.authority().toString())));
        return options;
    }

    public Vertx vertx() {
        return vertx;
    }

    /** {@code host:port} of this member, where others can join. */
    public String address() {
        var address = hazelcast.getCluster().getLocalMember().getAddress();
        return address.getHost() + ":" + address.getPort();
    }

    /** All members that hold data, this one included: the coordinators. */
    public List<String> coordinators() {
        return hazelcast.getCluster().getMembers().stream()
                .filter(member -> !member.isLiteMember())
                .map(member -> member.getAddress().getHost() + ":" + member.getAddress().getPort())
                .toList();
    }

    /** Whether this member takes part. */
    public boolean isJoined() {
        return hazelcast.getLifecycleService().isRunning();
    }

    @Override
    public void close() {
        try {
            vertx.close().timeout(STOP_SECONDS, TimeUnit.SECONDS).await();
        } finally {
            hazelcast.shutdown();
        }
    }
}
