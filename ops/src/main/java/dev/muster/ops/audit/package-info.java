/** {@code muster audit}: what can be done with the audit log from outside. */
@NullMarked
package dev.muster.ops.audit;

import org.jspecify.annotations.NullMarked;
