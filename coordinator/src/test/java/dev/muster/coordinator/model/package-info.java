/**
 * The rooms that queue, lease and follow tasks, beside a model of them that fits in one's head: the
 * same steps are taken by both, on a real PostgreSQL, and after each they must agree in every
 * answer and every row.
 *
 * <p>{@code Bench} is what is real, {@code Model} and its rules what should be; {@code Play} takes
 * the steps. Time passes by moving the rows' times, in half minutes. Every limit of the
 * configuration is an odd number of half minutes and time moves by even ones, so the moments that a
 * test itself takes decide nothing.
 */
@NullMarked
package dev.muster.coordinator.model;

import org.jspecify.annotations.NullMarked;
