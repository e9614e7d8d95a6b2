package dev.muster.worker.process;

/**
 * The processes of one terminal.
 *
 * @param leader the shell's process id, which is also its session and its first group
 * @param cookie what its descendants carry
 */
public record ProcessTree(long leader, Cookie cookie) {}
