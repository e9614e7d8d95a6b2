/**
 * What workers tell of their attempts: takes each fact once, from the lease's holder only, and
 * moves the task by it.
 *
 * <p>INVARIANT: a fact takes effect only in the statement that finds the lease with the report's
 * attempt and fence, and only if it is the next one the attempt has not told. The same facts again
 * are accepted and change nothing, and what follows them in the same report is taken.
 */
@NullMarked
package dev.muster.coordinator.report;

import org.jspecify.annotations.NullMarked;
