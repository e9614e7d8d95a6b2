/**
 * What a coordinator can be told, as records that refuse nonsense when they are made.
 *
 * <p>Pure values: reading flags, environment and files is the launcher's business.
 */
@NullMarked
package dev.muster.coordinator.config;

import org.jspecify.annotations.NullMarked;
