/**
 * Questions that stages ask people: who may answer, the one answer that counts, and what happens
 * when none comes in time.
 *
 * <p>Gates are opened by {@code report} with the fact that tells of it, and closed here or by
 * whoever ends the attempt, always in the transaction that moves the task. INVARIANT: a task has an
 * open gate exactly while it is SUSPENDED with the reason GATE. Rows are locked in the order lease,
 * attempt, task, gate. An answer is durable before its machine is told, and told again with each
 * heartbeat that says that it is waited for: a message that gets lost costs no more than that.
 */
@NullMarked
package dev.muster.coordinator.gate;

import org.jspecify.annotations.NullMarked;
