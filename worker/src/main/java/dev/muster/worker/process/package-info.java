/**
 * Ending what attempts started, all of it.
 *
 * <p>A process belongs to an attempt if it is in the session of the attempt's terminal, descends
 * from such a process, or carries the attempt's {@link dev.muster.worker.process.Cookie} in its
 * environment. {@link dev.muster.worker.process.Sweeper} owns the rule that none of them is alive
 * 15 s after the attempt ended, and that what a killed daemon left behind is ended before the next
 * one takes work.
 *
 * <p>Where the daemon may make control groups, each attempt has one ({@link
 * dev.muster.worker.process.ControlGroups}) and nothing falls out of it. Elsewhere one escape is
 * known: a process that has cleared its environment, started its own session and outlived its
 * parent.
 */
@NullMarked
package dev.muster.worker.process;

import org.jspecify.annotations.NullMarked;
