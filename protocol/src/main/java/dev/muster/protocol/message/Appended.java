package dev.muster.protocol.message;

import dev.muster.protocol.wire.Versioned;

/**
 * Answer to {@link Append}.
 *
 * @param stored how many bytes of the attempt's log are durable; the next append starts there
 */
public record Appended(int v, Verdict verdict, long stored) implements Versioned {}
