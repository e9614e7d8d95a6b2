/**
 * Which repository addresses and branch names are allowed to reach the {@code git} program.
 *
 * <p>Pure: no file system, no network, no git. The coordinator asks at save, so that a person reads
 * the sentence at once; the worker asks again before it runs anything, because a message may come
 * from elsewhere. Whether a local path may be used is only known on the machine it names, and
 * checked there. INVARIANT: an accepted value holds no control character and never begins with a
 * dash, neither as a whole nor in any segment that git or ssh reads by itself.
 */
@NullMarked
package dev.muster.protocol.git;

import org.jspecify.annotations.NullMarked;
