package dev.muster.coordinator.config;

import java.nio.file.Path;

/**
 * Everything a coordinator needs to start.
 *
 * @param data its own directory, mode 0700: keys, embedded database, the first password
 * @param api where people, tools and workers reach it
 * @param management where metrics and health are served, on a port of their own
 * @param database where tasks live
 * @param cluster how it meets other coordinators and cluster workers
 * @param lease how long silence is borne
 * @param presence how silence is shown and acted on before that
 * @param dispatch how waiting tasks and machines come together
 * @param requests how often one caller of the API may ask
 * @param failures how often one address may fail to open a terminal
 * @param web how it is reached besides its own address
 */
public record CoordinatorConfig(
        Path data,
        Listen api,
        Listen management,
        DatabaseConfig database,
        ClusterConfig cluster,
        LeaseConfig lease,
        PresenceConfig presence,
        DispatchConfig dispatch,
        RequestLimit requests,
        RequestLimit failures,
        WebConfig web) {

    public CoordinatorConfig {
        if (lease.heartbeat().multipliedBy(2).compareTo(presence.unreachableAfter()) > 0) {
            throw new IllegalArgumentException(
                    "presence.unreachable-after must be at least two heartbeats");
        }
    }
}
