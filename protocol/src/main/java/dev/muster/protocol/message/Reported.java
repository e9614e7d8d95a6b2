package dev.muster.protocol.message;

import dev.muster.protocol.wire.Versioned;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Answer to {@link Reports}: a verdict for each, in the same order.
 *
 * @param kept attempts whose beginning these reports told, be it again, and for how long they may
 *     now go on without another word; null for none
 */
public record Reported(int v, List<Verdict> verdicts, @Nullable List<Kept> kept)
        implements Versioned {
    public Reported {
        verdicts = List.copyOf(verdicts);
        kept = kept == null ? null : List.copyOf(kept);
    }

    /** To reports that told of no attempt's beginning. */
    public Reported(int v, List<Verdict> verdicts) {
        this(v, verdicts, null);
    }
}
