/**
 * What people ask for: creating, showing, cancelling and retrying tasks, and their events.
 *
 * <p>Owns the rows of {@code task} and {@code event}, and of {@code request_key} those that name a
 * task; {@code dispatch}, {@code report} and {@code lease} move a task by the rows of {@link
 * dev.muster.protocol.task.TaskLifecycle}, each with its event in the same statement. INVARIANT: a
 * task has a queue row exactly while it is QUEUED and a lease exactly while a machine may run it.
 * INVARIANT, against deadlock: rows of one task are locked in the order queue, lease, attempt,
 * task.
 */
@NullMarked
package dev.muster.coordinator.task;

import org.jspecify.annotations.NullMarked;
