/**
 * What terminals printed: takes bytes from the lease's holder in order, and shows them as lines or
 * as recordings with their timing.
 *
 * <p>INVARIANT: the stored log of an attempt is a prefix of what its worker's journal held, byte
 * for byte: an append is taken only at the offset where the stored log ends. So is the rest of what
 * was given up for its machine's silence, as long as nothing came after it (view {@code given_up}).
 */
@NullMarked
package dev.muster.coordinator.log;

import org.jspecify.annotations.NullMarked;
