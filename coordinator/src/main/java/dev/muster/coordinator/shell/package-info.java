/**
 * Shells in the workspaces of tasks, beside the terminal of their stages: who may open one, which
 * there are, and how each ended.
 *
 * <p>Owns the rows of {@code shell} and the function {@code may_use_shells}, which {@code terminal}
 * asks for each seat. A machine alone knows how a shell is: what it told last stands here, and
 * machines are asked every few seconds for as long as they have some.
 *
 * <p>INVARIANT: one that is to end is told to until its machine says that it has, and one that
 * ended never comes back.
 */
@NullMarked
package dev.muster.coordinator.shell;

import org.jspecify.annotations.NullMarked;
