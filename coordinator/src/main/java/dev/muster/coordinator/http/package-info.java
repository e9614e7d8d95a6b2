/**
 * The HTTP edge: one contract decides routes, shapes and permissions; rooms bind an {@link
 * dev.muster.coordinator.http.Operation} to each of its operation ids.
 *
 * <p>Knows no feature. Whatever reaches an operation has been read within limits, was valid by the
 * contract, and came from a caller that its {@link dev.muster.coordinator.http.Access} admits.
 * Whatever leaves is an {@link dev.muster.coordinator.http.Answer} or a problem document (RFC 9457)
 * that shows no stack, SQL or path.
 *
 * <p>Operations run on virtual threads of a verticle: they may wait for the database or for a
 * Vert.x future, and others run meanwhile; they must not block on a lock, a semaphore or a long
 * computation.
 */
@NullMarked
package dev.muster.coordinator.http;

import org.jspecify.annotations.NullMarked;
