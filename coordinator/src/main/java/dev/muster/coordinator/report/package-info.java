/**
 * What workers tell of their attempts: takes each fact once, from the lease's holder only, and
 * moves the task by it.
 *
 * <p>INVARIANT: a fact takes effect only in the statement that finds the lease with the report's
 * attempt and fence, and only if it is the next one the attempt has not told. The same facts again
 * are accepted and change nothing, and what follows them in the same report is taken. The one
 * exception: an attempt that was given up for its machine's silence, and after which nothing came,
 * has no lease, and what its worker tells of how it had ended there is taken once.
 */
@NullMarked
package dev.muster.coordinator.report;

import org.jspecify.annotations.NullMarked;
