/**
 * Attempts on this machine: how they come, run, are told of, and end.
 *
 * <p>Each attempt has a virtual thread of its own, which blocks; pulls, reports, log bytes and
 * heartbeats travel on others, so none waits behind another. INVARIANTS: no more attempts run, and
 * are asked for, than there are slots, but for what was answered at a gate and goes on; the facts
 * of an attempt are told in order and nothing is told after its last; an attempt whose lease is
 * gone says nothing more.
 */
@NullMarked
package dev.muster.worker.run;

import org.jspecify.annotations.NullMarked;
