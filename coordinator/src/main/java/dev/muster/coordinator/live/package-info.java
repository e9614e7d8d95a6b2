/**
 * What happens, told to those who watch while it happens: events of tasks, notifications, machines.
 *
 * <p>Owns nothing. While somebody watches, each coordinator asks PostgreSQL four times a second
 * what was committed since it last asked, once for all its watchers; those who write pay nothing
 * for it but an index entry. Where it stands is a {@code pg_snapshot}: what is visible now and was
 * not then. So what began early and ended late is neither lost nor told twice, and that word is the
 * {@code id} by which a client goes on at any coordinator.
 */
@NullMarked
package dev.muster.coordinator.live;

import org.jspecify.annotations.NullMarked;
