/**
 * Clock, waits and chance: the only place that asks the system for them, so that a test may put
 * others in their stead.
 */
@NullMarked
package dev.muster.worker.time;

import org.jspecify.annotations.NullMarked;
