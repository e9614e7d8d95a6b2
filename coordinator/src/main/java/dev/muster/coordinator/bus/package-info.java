/**
 * The edge towards workers: receives what they ask on the event bus, checks who asks, calls the
 * rooms, answers.
 *
 * <p>Holds no rule and no SQL. Any coordinator can answer any worker. A message may come twice or
 * late: what is asked here can be repeated without harm.
 */
@NullMarked
package dev.muster.coordinator.bus;

import org.jspecify.annotations.NullMarked;
