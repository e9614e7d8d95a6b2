/**
 * Muster's HTTP API as its own tools use it: typed, with refusals as sentences.
 *
 * <p>Records hold what the tools read of the contract's objects; what they do not know they skip,
 * so that a tool works with a newer coordinator.
 */
@NullMarked
package dev.muster.ops.client;

import org.jspecify.annotations.NullMarked;
