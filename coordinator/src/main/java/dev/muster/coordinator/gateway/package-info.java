/**
 * The edge towards workers that are not in the cluster: a WebSocket each, bridged to the event bus.
 *
 * <p>A connection may ask at the five addresses of {@link dev.muster.protocol.gateway.Gateway} and
 * hears what is ordered of its own machine, nothing else. Bodies pass as they are; who asks is said
 * by the connection's own token, and {@code bus} checks it against the body. Holds no rule and no
 * SQL, and never waits: a slow worker is not read, a slow coordinator is waited for by its worker.
 *
 * <p>INVARIANT: of one machine at most one greeted connection lives on a coordinator, the newest.
 */
@NullMarked
package dev.muster.coordinator.gateway;

import org.jspecify.annotations.NullMarked;
