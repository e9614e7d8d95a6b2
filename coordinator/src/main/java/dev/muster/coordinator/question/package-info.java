/**
 * The way to ask a machine something and wait for the answer.
 *
 * <p>A question is an order, put again each second until it is answered; the answer comes as a
 * request of the machine's to any coordinator, which passes it on. So what the bus loses, doubles
 * or delays costs time and nothing else. INVARIANT: an answer counts only if it comes with the
 * token of the machine that was asked, wherever it was passed on. INVARIANT: what waits here is
 * bounded, for each machine and for all.
 */
@NullMarked
package dev.muster.coordinator.question;

import org.jspecify.annotations.NullMarked;
