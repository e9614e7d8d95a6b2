/**
 * What lies in the workspace of a task, as its machine tells when it is asked.
 *
 * <p>Owns no rows: where a workspace is follows from the task's attempts. Whoever sees the task
 * sees all of its workspace but what git keeps; nothing is masked, since only what stages print is.
 * Nothing of it is kept here.
 */
@NullMarked
package dev.muster.coordinator.workspace;

import org.jspecify.annotations.NullMarked;
