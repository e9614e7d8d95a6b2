package dev.muster.worker.link;

import dev.muster.cluster.Member;
import dev.muster.worker.identity.ClusterAddress;

import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;

import java.util.Map;
import java.util.UUID;

/** How this daemon's cluster member is set up. */
final class ClusterSettings {

    /** A frozen coordinator is noticed in 5 s, and a join that leads nowhere ends in 15. */
    private static final Map<String, String> PROPERTIES =
            Map.of(
                    "hazelcast.max.no.heartbeat.seconds", "5",
                    "hazelcast.max.join.seconds", "15");

    private ClusterSettings() {}

    /** A lite member named {@code node} that knows {@code address} and finds nobody else. */
    static Member member(ClusterAddress address, String host, UUID node) {
        return new Member(address.name(), node, host, 0, address.members(), true, PROPERTIES);
    }

    /** A small one: it carries messages and runs nothing. */
    static VertxOptions vertx() {
        return new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(2)
                .setInternalBlockingPoolSize(4)
                .setFileSystemOptions(
                        new FileSystemOptions()
                                .setFileCachingEnabled(false)
                                .setClassPathResolvingEnabled(false));
    }
}
