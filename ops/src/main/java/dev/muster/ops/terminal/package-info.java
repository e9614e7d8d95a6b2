/**
 * What a person in front of a terminal gets to see.
 *
 * <p>Whether there is a terminal is the launcher's finding, handed over as system properties: the
 * JDK cannot tell standard output from standard error.
 */
@NullMarked
package dev.muster.ops.terminal;

import org.jspecify.annotations.NullMarked;
