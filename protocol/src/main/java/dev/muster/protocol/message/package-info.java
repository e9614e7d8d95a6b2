/**
 * What coordinator and worker say to each other, as records, and the bus addresses they say it to.
 *
 * <p>A worker asks ({@code Hello}, {@code Pull}, {@code Reports}, {@code Append}, {@code
 * LateAppend}, {@code Heartbeat}) and gets one answer to each; a coordinator orders ({@code
 * ToWorker}). Every request may be lost, doubled or late: each can be repeated without harm.
 * Written by {@link dev.muster.protocol.wire.Wire}; the request carries the worker's token beside
 * it, in the header {@link dev.muster.protocol.message.Addresses#TOKEN}.
 */
@NullMarked
package dev.muster.protocol.message;

import org.jspecify.annotations.NullMarked;
