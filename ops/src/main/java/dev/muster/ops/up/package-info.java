/**
 * {@code muster up}: everything on one machine, in one process and its children.
 *
 * <p>The coordinator runs in this process; PostgreSQL and the workers are children that end with
 * it, however it ends. Everything started is closed in reverse order.
 */
@NullMarked
package dev.muster.ops.up;

import org.jspecify.annotations.NullMarked;
