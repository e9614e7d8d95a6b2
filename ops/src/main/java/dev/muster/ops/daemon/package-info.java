/**
 * The two daemons on their own, for separate machines: {@code muster coordinator} and {@code muster
 * worker}.
 *
 * <p>Each setting is a flag of the same name; see {@code dev.muster.ops.config}.
 */
@NullMarked
package dev.muster.ops.daemon;

import org.jspecify.annotations.NullMarked;
