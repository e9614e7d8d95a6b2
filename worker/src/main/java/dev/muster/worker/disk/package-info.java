/** The disk under the daemon's directory: how full it is, and whether a failure came of that. */
@NullMarked
package dev.muster.worker.disk;

import org.jspecify.annotations.NullMarked;
