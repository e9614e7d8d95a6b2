/**
 * Which machine may run which task, and why not.
 *
 * <p>Pure: values in, values out, no database, no clock. Placing tasks and explaining why they wait
 * ask the same functions, so an explanation is never a second opinion.
 */
@NullMarked
package dev.muster.coordinator.dispatch.rule;

import org.jspecify.annotations.NullMarked;
