package dev.muster.protocol.message;

import dev.muster.protocol.wire.Versioned;

import java.util.List;

/** Answer to {@link Reports}: a verdict for each, in the same order. */
public record Reported(int v, List<Verdict> verdicts) implements Versioned {
    public Reported {
        verdicts = List.copyOf(verdicts);
    }
}
