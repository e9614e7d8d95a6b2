package dev.muster.coordinator.proof;

import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * A request that may be wrong in any way.
 *
 * @param what which operation it was made of, and what was done to it
 */
public record Mutant(String what, byte[] bytes, Set<Trait> traits) {

    /** What a reader of its answer has to know. */
    public enum Trait {
        /** Nobody can tell where it ends, so no answer is due. */
        OPEN_ENDED,
        /** No other request can follow it. */
        LAST,
        /** Its answer has no body, whatever the headers of that say. */
        HEAD,
        /** It is in no version of HTTP that we speak. */
        OTHER_VERSION
    }

    boolean is(Trait trait) {
        return traits.contains(trait);
    }

    /** Whether there has to be an answer. */
    public boolean isAnswered() {
        return !is(Trait.OPEN_ENDED);
    }

    @Override
    public String toString() {
        var text = new String(bytes, StandardCharsets.ISO_8859_1);
        var start = text.length() > 1200 ? text.substring(0, 1200) + "…" : text;
        return what + "\n" + start.replaceAll("(Bearer \\S{8})\\S+", "$1…");
    }
}
