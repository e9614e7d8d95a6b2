/**
 * Tunnels into the workspaces of running tasks, for who created the task and for admins.
 *
 * <p>Owns the rows of {@code tunnel}: what people asked for, and what the machine told last. The
 * machine alone knows how a tunnel is; each question here asks it, and what it does not answer is
 * shown as it was last seen. INVARIANT: at most one tunnel of a task is open. INVARIANT: how to
 * connect is never kept, and told to nobody else than who may start one.
 */
@NullMarked
package dev.muster.coordinator.tunnel;

import org.jspecify.annotations.NullMarked;
