/**
 * How an agent tells the daemon what became of its stage: the command {@code muster-signal} on its
 * path, and the socket behind it.
 *
 * <p>Whatever arrives at the socket is hostile: only a line of bounded length with the nonce of the
 * running stage is taken, and only so many at once. The command shares nothing with the daemon but
 * the class path, so that it starts fast.
 */
@NullMarked
package dev.muster.worker.signal;

import org.jspecify.annotations.NullMarked;
