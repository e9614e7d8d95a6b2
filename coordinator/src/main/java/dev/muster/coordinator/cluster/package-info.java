/**
 * How coordinators and cluster workers find each other: Vert.x over Hazelcast, for membership and
 * the event bus only; and who may be a member.
 *
 * <p>The only place that knows Hazelcast. Nothing here is the truth: that is PostgreSQL's.
 * INVARIANT: event bus and Hazelcast's port speak mutual TLS, on loopback too, where every user of
 * the machine could connect.
 */
@NullMarked
package dev.muster.coordinator.cluster;

import org.jspecify.annotations.NullMarked;
