/**
 * The bus over one WebSocket: what a worker without a place in the cluster and a coordinator's
 * gateway say to each other.
 *
 * <p>A worker dials {@link dev.muster.protocol.gateway.Gateway#PATH} with its token in the header
 * {@code Authorization} and offers the subprotocol {@link
 * dev.muster.protocol.gateway.Gateway#PROTOCOL}. Each message is one {@link
 * dev.muster.protocol.gateway.Frame}. The messages of {@code protocol.message} travel in them as
 * they are: whoever carries a body does not look into it. Who ends a connection says why by a
 * {@link dev.muster.protocol.gateway.CloseCode}.
 */
@NullMarked
package dev.muster.protocol.gateway;

import org.jspecify.annotations.NullMarked;
