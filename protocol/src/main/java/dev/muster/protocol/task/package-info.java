/**
 * The states of a task and every move between them, as data.
 *
 * <p>Pure: the coordinator turns each row of the table into the {@code where} of an update, the
 * worker and the CLI only read it. INVARIANT: a pair of state and trigger that has no row in {@link
 * TaskLifecycle} is refused.
 */
@NullMarked
package dev.muster.protocol.task;

import org.jspecify.annotations.NullMarked;
