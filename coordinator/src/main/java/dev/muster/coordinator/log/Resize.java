package dev.muster.coordinator.log;

/**
 * A size that the terminal of an attempt's stages was given.
 *
 * @param fence of the lease under which its log is written
 * @param offset how many bytes it had printed by then
 * @param columns in characters, as are {@code rows}
 */
public record Resize(long task, int attempt, long fence, long offset, int columns, int rows) {}
