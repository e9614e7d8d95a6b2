package dev.muster.worker;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;

import dev.muster.worker.identity.ClusterAddress;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;

import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** A cluster of one data member, on a new port of loopback, and the bus on it. */
record FakeCluster(HazelcastInstance hazelcast, Vertx vertx) {

    static FakeCluster start() throws Exception {
        var node = UUID.randomUUID();
        var config = new Config();
        config.setClusterName("test-" + node);
        config.getMemberAttributeConfig().setAttribute("__vertx.nodeId", node.toString());
        config.setProperty("hazelcast.logging.type", "slf4j");
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.setProperty("hazelcast.shutdownhook.enabled", "false");
        config.setProperty("hazelcast.socket.bind.any", "false");
        config.setProperty("hazelcast.wait.seconds.before.join", "0");
        config.setProperty("hazelcast.operation.thread.count", "2");
        config.getNetworkConfig().setPort(0).setPortAutoIncrement(false);
        config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        var join = config.getNetworkConfig().getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true);
        var hazelcast = Hazelcast.newHazelcastInstance(config);
        var vertx =
                Vertx.builder()
                        .with(
                                new VertxOptions()
                                        .setEventBusOptions(
                                                new EventBusOptions().setHost("127.0.0.1")))
                        .withClusterManager(new HazelcastClusterManager(hazelcast))
                        .buildClustered()
                        .toCompletionStage()
                        .toCompletableFuture()
                        .get(20, TimeUnit.SECONDS);
        return new FakeCluster(hazelcast, vertx);
    }

    /** Where to join. */
    ClusterAddress address() {
        var port = hazelcast.getCluster().getLocalMember().getAddress().getPort();
        return new ClusterAddress(
                hazelcast.getConfig().getClusterName(), List.of("127.0.0.1:" + port));
    }

    /** As by SIGKILL: no leave is taken. */
    void kill() throws Exception {
        hazelcast.getLifecycleService().terminate();
        vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
}
