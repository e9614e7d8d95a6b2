/** The worker daemon: how it is told what to do and how its parts are put together. */
@NullMarked
package dev.muster.worker;

import org.jspecify.annotations.NullMarked;
