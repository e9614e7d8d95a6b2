/** What stands for bytes without telling them. */
@NullMarked
package dev.muster.protocol.digest;

import org.jspecify.annotations.NullMarked;
