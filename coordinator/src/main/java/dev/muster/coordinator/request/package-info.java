/**
 * Requests that their senders named by an {@code Idempotency-Key}, and may repeat.
 *
 * <p>Owns the rows of {@code request_key}, but for those of tasks, which are written by the
 * statement that makes the task. INVARIANT: what such a request does, and the answer it got, are
 * committed together: its operation runs within {@code Database.asOne}. So a process that dies in
 * between leaves neither, its key is free at once, and no outcome is ever unknown. Answers may hold
 * what is shown once, and so are sealed.
 */
@NullMarked
package dev.muster.coordinator.request;

import org.jspecify.annotations.NullMarked;
