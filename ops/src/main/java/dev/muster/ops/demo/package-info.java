/**
 * {@code muster demo}: the whole story, for real, in a directory that goes away again.
 *
 * <p>Nothing is staged: a coordinator, a database and a worker come up, a task works on a clone of
 * a real repository through a real terminal, and its commit is what is shown at the end.
 */
@NullMarked
package dev.muster.ops.demo;

import org.jspecify.annotations.NullMarked;
