package dev.muster.coordinator.config;

import java.util.List;

/**
 * How a coordinator meets its peers.
 *
 * @param host the one local address that Hazelcast and the event bus bind, never a wildcard
 * @param port of Hazelcast, 0 for any free one
 * @param members {@code host:port} of other coordinators; empty for the first or only one
 */
public record ClusterConfig(String host, int port, List<String> members) {

    public ClusterConfig {
        members = List.copyOf(members);
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("cluster.port is 0 to 65535, was " + port);
        }
    }
}
