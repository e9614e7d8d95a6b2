package dev.muster.ops.client;

/** A line that a task's terminal printed; {@code n} counts from 0. */
public record LogLine(long n, String at, String text) {}
