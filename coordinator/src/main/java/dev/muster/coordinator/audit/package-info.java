/** Who did what: entries written by the very statements that do it. */
@NullMarked
package dev.muster.coordinator.audit;

import org.jspecify.annotations.NullMarked;
