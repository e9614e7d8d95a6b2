/**
 * The only place that reads a clock, waits or draws random numbers, so that all three can be
 * replaced.
 *
 * <p>What expires and in which order things happened is decided by the database's clock; the clock
 * here only paces.
 */
@NullMarked
package dev.muster.coordinator.time;

import org.jspecify.annotations.NullMarked;
