/**
 * How a process becomes a member of the cluster: Hazelcast and the event bus, both by mutual TLS.
 *
 * <p>Used by coordinators and by those workers that are trusted like one; knows nothing of what
 * they say to each other.
 *
 * <p>INVARIANT: no byte reaches Hazelcast or the event bus before its sender has proven to hold a
 * certificate of the one authority that coordinators sign with, and that authority signs nothing
 * else.
 */
@NullMarked
package dev.muster.cluster;

import org.jspecify.annotations.NullMarked;
