/**
 * Machines: how they are let in, which daemon speaks for them, and how they are.
 *
 * <p>Owns the rows of {@code machine}, {@code presence} and {@code enrolment_token}. Secrets are
 * stored as SHA-256 only: each is 256 random bits, so nothing slower is needed. INVARIANT: an
 * enrolment token lets exactly one machine in.
 */
@NullMarked
package dev.muster.coordinator.machine;

import org.jspecify.annotations.NullMarked;
