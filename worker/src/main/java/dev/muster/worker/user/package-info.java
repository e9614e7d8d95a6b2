/**
 * As whom attempts run, where the daemon runs as root and is told to.
 *
 * <p>INVARIANT: nothing that an attempt or an agent chose runs, or is read by a program, with the
 * daemon's own rights: variables reach the user's shell only after the rights are gone, and files
 * are handed over from the inside out, so that no directory on the way is the user's yet.
 */
@NullMarked
package dev.muster.worker.user;

import org.jspecify.annotations.NullMarked;
