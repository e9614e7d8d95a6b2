/**
 * Muster as its users have it: real processes, started from the distribution that the same build
 * made.
 *
 * <p>A test gets a {@code Sandbox}, a directory and every process that came out of it, and asserts
 * at its end that none of them is left. Nothing here calls the product's classes: what can be seen
 * is output, exit codes, HTTP, files and processes.
 */
@NullMarked
package dev.muster.ops.harness;

import org.jspecify.annotations.NullMarked;
