/** The coordinator: how its rooms are put together, started and stopped. */
@NullMarked
package dev.muster.coordinator;

import org.jspecify.annotations.NullMarked;
