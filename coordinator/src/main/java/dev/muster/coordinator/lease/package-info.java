/**
 * Until when a machine may run what it was granted: prolonged by heartbeats, ended by silence, a
 * new daemon or the machine's leaving. And what becomes of its tasks meanwhile: those of a silent
 * machine wait, and go on when it is heard of again.
 *
 * <p>Time is the database's. INVARIANT: after coordinators or the database were away, and when most
 * machines fall silent at once, nothing is suspended and nothing expires before a full window has
 * passed in which the machines could be heard. Sweeps may run at several coordinators at once:
 * whatever is moved is judged again under the lock of its lease.
 */
@NullMarked
package dev.muster.coordinator.lease;

import org.jspecify.annotations.NullMarked;
