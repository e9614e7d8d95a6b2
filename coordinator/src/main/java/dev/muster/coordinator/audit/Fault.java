package dev.muster.coordinator.audit;

import java.util.Locale;

/**
 * Where a log is not what was sealed.
 *
 * @param seq the first entry of which that is known
 * @param sentence for people
 */
public record Fault(long seq, How how, String sentence) {

    /** What was done to a log. */
    public enum How {
        /** An entry says something else than it did. */
        EDITED,
        /** Entries are missing among others. */
        DELETED,
        /** An entry stands where another stood. */
        REORDERED,
        /** The newest entries are missing, or were replaced. */
        TRUNCATED,
        /** An entry was sealed by nobody who has the key. */
        FORGED;

        /** In one word, in lower case. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
