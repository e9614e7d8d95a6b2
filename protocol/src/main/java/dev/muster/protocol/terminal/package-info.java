/**
 * A terminal over WebSockets: what viewers and a coordinator, and a coordinator and a worker, say
 * to each other. {@code protocol/terminal.md} describes the first for those who write a client.
 *
 * <p>What a terminal printed is a stream of bytes, counted from 0. Every piece says where it
 * begins, so whoever lost a connection goes on from what he has, and a piece that came twice is
 * known.
 */
@NullMarked
package dev.muster.protocol.terminal;

import org.jspecify.annotations.NullMarked;
