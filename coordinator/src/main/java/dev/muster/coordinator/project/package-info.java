/**
 * Projects: where tasks work and what they do there.
 *
 * <p>Owns the rows of {@code project} and {@code pipeline}. A pipeline row is never changed; a
 * project points to its newest, so a task keeps the one it was created with.
 */
@NullMarked
package dev.muster.coordinator.project;

import org.jspecify.annotations.NullMarked;
