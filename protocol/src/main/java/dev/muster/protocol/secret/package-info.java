/**
 * What secrets look like in what programs print, and finding that in one pass. The worker masks by
 * it what leaves its machine, the coordinator what it stores.
 *
 * <p>Pure. Bytes stand as characters of ISO 8859-1 wherever needles are kept as text.
 */
@NullMarked
package dev.muster.protocol.secret;

import org.jspecify.annotations.NullMarked;
