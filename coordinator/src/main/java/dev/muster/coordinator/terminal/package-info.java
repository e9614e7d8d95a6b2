/**
 * Terminals of running attempts and shells, shown to people by WebSocket; the protocol is that of
 * {@code dev.muster.protocol.terminal}.
 *
 * <p>A {@link dev.muster.coordinator.terminal.Terminal} is what this coordinator knows of one: a
 * ring of its newest output, the {@link dev.muster.coordinator.terminal.Line} over which its worker
 * sends that, and a {@link dev.muster.coordinator.terminal.Seat} for each person. What the ring has
 * not is read from the stored log, but for a shell's, which nobody stores. It holds nothing that
 * could be lost with it: a seat at another coordinator goes on from the offset that its viewer has.
 *
 * <p>INVARIANT: what is sent to a seat has no gap that it was not told of, and nothing twice; and
 * only one seat types, of all coordinators together: the worker drops keys of an earlier epoch.
 */
@NullMarked
package dev.muster.coordinator.terminal;

import org.jspecify.annotations.NullMarked;
