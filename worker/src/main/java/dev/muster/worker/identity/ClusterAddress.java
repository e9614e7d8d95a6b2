package dev.muster.worker.identity;

import java.util.List;

/**
 * Where the coordinators' cluster is.
 *
 * @param name the cluster's; a member with another name is refused
 * @param members {@code host:port} of each coordinator
 */
public record ClusterAddress(String name, List<String> members) {
    public ClusterAddress {
        members = List.copyOf(members);
    }
}
