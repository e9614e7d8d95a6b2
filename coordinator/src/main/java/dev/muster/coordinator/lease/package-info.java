/**
 * Until when a machine may run what it was granted: prolonged by heartbeats, ended by silence or a
 * new daemon.
 *
 * <p>Time is the database's. INVARIANT: after this coordinator or the database was away, nothing
 * expires before a full window has passed in which the machine could have been heard.
 */
@NullMarked
package dev.muster.coordinator.lease;

import org.jspecify.annotations.NullMarked;
