package dev.muster.protocol.question;

import dev.muster.protocol.wire.Versioned;

/** The answer to {@link Answered}: it was passed on, which may get lost too. */
public record Heard(int v) implements Versioned {}
