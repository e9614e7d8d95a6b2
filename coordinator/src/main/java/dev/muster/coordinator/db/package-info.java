/**
 * The way to PostgreSQL: a bounded pool, migrations at start, and batches that share one statement.
 *
 * <p>Knows no feature: SQL lives in the {@code …Store} of the feature that owns the rows. Every
 * wait here is bounded and fails with a phrase that says what was being done. Blocks the calling
 * virtual thread; never call it on an event loop.
 */
@NullMarked
package dev.muster.coordinator.db;

import org.jspecify.annotations.NullMarked;
