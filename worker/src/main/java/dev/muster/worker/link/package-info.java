/**
 * The daemon's line to the coordinators: one connection after another, and requests that survive
 * the change.
 *
 * <p>{@link dev.muster.worker.link.Link} is one connection from its making to its loss, in the
 * cluster or over the gateway; {@link dev.muster.worker.link.Contact} keeps one up and is what the
 * rest of the daemon talks to. Requests block their virtual thread; nothing of ours runs on an
 * event loop. INVARIANT: the first request on every link is the greeting, so a coordinator always
 * knows which attempts live on.
 */
@NullMarked
package dev.muster.worker.link;

import org.jspecify.annotations.NullMarked;
