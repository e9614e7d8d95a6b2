/**
 * The {@code muster} program: one class per verb, each in the package of what it does.
 *
 * <p>Exit codes: 0 it worked, 1 it failed, 2 it was asked for wrongly. What a verb finds goes to
 * standard output; complaints go to standard error, one sentence and what to do next.
 */
@NullMarked
package dev.muster.ops;

import org.jspecify.annotations.NullMarked;
