package dev.muster.coordinator.log;

import java.time.Instant;

/**
 * A line of a log.
 *
 * @param n from 0, never changes
 * @param at when its first byte was stored
 * @param text UTF-8, without its line end; what is no UTF-8 shows as U+FFFD
 */
record LogLine(long n, Instant at, String text) {}
