/**
 * The worker's side of terminals that people are at. A coordinator orders the machine to connect;
 * {@link dev.muster.worker.relay.Relay} dials it, and each connection sends what the attempt
 * printed, read from its journal: masked, and nothing that is not also in the log. What people type
 * goes to whatever runs in the attempt now. Shells are terminals with names and journals of their
 * own.
 *
 * <p>INVARIANT: nothing here prolongs, ends or slows an attempt. A connection that stalls holds
 * back only itself, and one that is lost is not dialled again: the coordinator orders anew.
 */
@NullMarked
package dev.muster.worker.relay;

import org.jspecify.annotations.NullMarked;
