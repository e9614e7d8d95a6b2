/**
 * Every setting of the two daemons: declared once, read from flags, environment and file.
 *
 * <p>{@link dev.muster.ops.config.CoordinatorSettings} and {@link
 * dev.muster.ops.config.WorkerSettings} are the only places where a setting has a name, a default
 * and a rule; flags, help, environment names, the files in {@code conf/} and {@code --print-config}
 * are derived from them. A word that is not a setting, or a value that breaks its rule, stops the
 * start.
 */
@NullMarked
package dev.muster.ops.config;

import org.jspecify.annotations.NullMarked;
