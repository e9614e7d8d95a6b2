package dev.muster.worker;

import com.hazelcast.core.HazelcastInstance;

import dev.muster.cluster.Authority;
import dev.muster.cluster.Member;
import dev.muster.cluster.MutualTls;
import dev.muster.worker.identity.ClusterAddress;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** A cluster of one data member, on a new port of loopback, and the bus on it. */
record FakeCluster(HazelcastInstance hazelcast, Vertx vertx) {

    static FakeCluster start(Authority authority) throws Exception {
        var node = UUID.randomUUID();
        var tls = new MutualTls(authority.coordinators());
        var hazelcast =
                new Member(
                                "test-" + node,
                                node,
                                "127.0.0.1",
                                0,
                                List.of(),
                                false,
                                Map.of("hazelcast.wait.seconds.before.join", "0"))
                        .start(tls);
        var builder = Vertx.builder().withClusterManager(new HazelcastClusterManager(hazelcast));
        var vertx =
                tls.openBus(builder, new VertxOptions(), "127.0.0.1")
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
