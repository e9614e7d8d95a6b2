/**
 * What there is to see at a glance, of what the caller may see. Owns nothing; every question walks
 * an index, or what waits and runs now.
 */
@NullMarked
package dev.muster.coordinator.dashboard;

import org.jspecify.annotations.NullMarked;
