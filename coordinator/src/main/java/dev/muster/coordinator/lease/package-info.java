/**
 * Until when a machine may run what it was granted: prolonged by heartbeats, ended by silence, a
 * new daemon or the machine's leaving. And what becomes of its tasks meanwhile: those of a silent
 * machine wait, and go on when it is heard of again.
 *
 * <p>What is lost before its first stage goes back to the queue and is counted in the same
 * transaction; the third time its task fails as {@code poison}, since it may be what kills whoever
 * tries it. That a machine was decommissioned is not counted: it is an operator's act and no fault
 * of the task's. Nor is what a machine lost without ever naming it, since it may never have heard
 * of it: that machine is passed over for the task for a start deadline, and the third time on end
 * its agent type is kept from it. Draining ends no lease, so it loses nothing. A person's retry
 * makes another attempt, which counts from none. A row that cannot be moved is passed by and stops
 * no other.
 *
 * <p>What is lost while it runs fails, and runs again unasked only where every stage that it had
 * come to has {@code retries} for that; three losses are poison here too.
 *
 * <p>Time is the database's. INVARIANT: after coordinators or the database were away, and when most
 * machines fall silent at once, nothing is suspended and nothing expires before a full window has
 * passed in which the machines could be heard. Sweeps may run at several coordinators at once:
 * whatever is moved is judged again under the lock of its lease.
 */
@NullMarked
package dev.muster.coordinator.lease;

import org.jspecify.annotations.NullMarked;
