package dev.muster.coordinator.cluster;

import com.hazelcast.core.HazelcastInstance;

import dev.muster.cluster.Authority;
import dev.muster.cluster.Member;
import dev.muster.cluster.MutualTls;
import dev.muster.coordinator.config.ClusterConfig;
import dev.muster.coordinator.time.Randomness;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.spi.VertxMetricsFactory;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
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
     * Leaving in seconds and not minutes: what is kept there is made anew by whoever stays. The
     * other times are those that a partition healed fastest with.
     */
    private static final Map<String, String> PROPERTIES =
            Map.of(
                    "hazelcast.wait.seconds.before.join", "0",
                    "hazelcast.graceful.shutdown.max.wait", "10",
                    "hazelcast.max.no.heartbeat.seconds", "10",
                    "hazelcast.merge.first.run.delay.seconds", "10",
                    "hazelcast.merge.next.run.delay.seconds", "10");

    private final HazelcastInstance hazelcast;
    private final Vertx vertx;
    private final MutualTls tls;
    private final Authority authority;

    private Cluster(HazelcastInstance hazelcast, Vertx vertx, MutualTls tls, Authority authority) {
        this.hazelcast = hazelcast;
        this.vertx = vertx;
        this.tls = tls;
        this.authority = authority;
    }

    /**
     * Joins the cluster, or founds it.
     *
     * @param authority of whose members it is
     * @param options of the Vert.x to make; its event bus is set up here
     * @throws IllegalArgumentException if the address is not one of this machine's own
     */
    public static Cluster join(
            ClusterConfig config,
            Authority authority,
            VertxOptions options,
            VertxMetricsFactory metrics) {
        refuseOpenDoor(config);
        var tls = new MutualTls(authority.coordinators());
        var hazelcast = member(config).start(tls);
        Vertx vertx = null;
        try {
            var builder =
                    Vertx.builder()
                            .withMetrics(metrics)
                            .withClusterManager(new HazelcastClusterManager(hazelcast));
            vertx =
                    tls.openBus(builder, options, config.host())
                            .timeout(START_SECONDS, TimeUnit.SECONDS)
                            .await();
            return new Cluster(hazelcast, vertx, tls, authority);
        } finally {
            if (vertx == null) {
                hazelcast.getLifecycleService().terminate();
            }
        }
    }

    /**
     * Members are known by their certificates; all the same nobody listens on an address that was
     * not chosen.
     */
    static void refuseOpenDoor(ClusterConfig config) {
        try {
            if (InetAddress.getByName(config.host()).isAnyLocalAddress()) {
                throw new IllegalArgumentException(
                        "cluster.host is "
                                + config.host()
                                + ", which means every address of this machine: name the one that"
                                + " the others reach.");
            }
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(
                    "cluster.host '" + config.host() + "' is no address of this machine.", e);
        }
    }

    private static Member member(ClusterConfig config) {
        return new Member(
                NAME,
                Randomness.uuid(),
                config.host(),
                config.port(),
                config.members(),
                false,
                PROPERTIES);
    }

    public Vertx vertx() {
        return vertx;
    }

    /** Signs for those who may become members. */
    public Authority authority() {
        return authority;
    }

    /**
     * Machines that this member has nothing to do with any more, whatever certificate they show:
     * these and no others.
     */
    public void bar(Set<UUID> machines) {
        tls.bar(machines);
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
