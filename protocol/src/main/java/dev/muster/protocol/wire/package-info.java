/**
 * How messages are written: JSON, versioned, bounded, tolerant of fields it does not know.
 *
 * <p>The format of every message between coordinator and worker, whatever carries it.
 */
@NullMarked
package dev.muster.protocol.wire;

import org.jspecify.annotations.NullMarked;
