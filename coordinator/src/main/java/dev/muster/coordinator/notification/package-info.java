/**
 * What people are told of, until they read it and for a while after.
 *
 * <p>Owns the table notification. Its rows are written by triggers (V019, V024) in the statement
 * that writes the event, the incident or the audit entry they tell of, so neither is there without
 * the other; this room shows, marks and in the end forgets them. What a person may not see any more
 * is not shown.
 */
@NullMarked
package dev.muster.coordinator.notification;

import org.jspecify.annotations.NullMarked;
