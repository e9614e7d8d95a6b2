/**
 * Whether what an attempt pushed may be promoted to its branch, and what came of that.
 *
 * <p>A worker pushes to a ref of the attempt's own before it tells the outcome, and asks here once
 * the attempt is over on it; a later daemon of the machine may ask as well. Owns, of {@code
 * attempt.work}, what {@code push} says once the outcome was accepted. INVARIANT: yes is said only
 * of an attempt that succeeded, to the machine that it ran on, of the lease and the commit that it
 * told; such an attempt is for good, so the answer may be late. INVARIANT: what came of it is taken
 * once.
 */
@NullMarked
package dev.muster.coordinator.promotion;

import org.jspecify.annotations.NullMarked;
