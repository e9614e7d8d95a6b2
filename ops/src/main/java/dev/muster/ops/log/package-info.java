/**
 * What the daemons say about themselves: one event, one line.
 *
 * <p>Text of people, tasks and neighbours ends up in events, so no format lets a control character
 * through: nobody can forge a line of the log or drive the terminal of whoever reads it.
 */
@NullMarked
package dev.muster.ops.log;

import org.jspecify.annotations.NullMarked;
