/**
 * How coordinators and cluster workers find each other: Vert.x over Hazelcast, for membership and
 * the event bus only.
 *
 * <p>The only place that knows Hazelcast. Nothing here is the truth: that is PostgreSQL's.
 * INVARIANT: nothing listens on an address others can reach unless the event bus speaks mutual TLS.
 */
@NullMarked
package dev.muster.coordinator.cluster;

import org.jspecify.annotations.NullMarked;
