/**
 * Measures what Muster costs, beside floors taken in the same run: the same database without
 * Muster, the same program without Muster. Figures are for comparing; no test asserts them.
 */
@NullMarked
package dev.muster.ops.bench;

import org.jspecify.annotations.NullMarked;
