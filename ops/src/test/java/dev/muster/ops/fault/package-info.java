/**
 * The faults that Muster promises to survive, made to happen: processes killed between two steps,
 * paused and cut off, a database that dies.
 *
 * <p>A test is named after its row of the table of faults, {@code f13_...}, and ends with the
 * {@code Aftermath}, which looks at what is left and knows nothing of what was done; {@code
 * Checker} has the laws of what is stored. {@code Rows} prints which rows were run how often. Here,
 * and nowhere else in this module's tests, the product's classes are used: to start its database,
 * and to look into it and into what a worker has on disk.
 */
@NullMarked
package dev.muster.ops.fault;

import org.jspecify.annotations.NullMarked;
