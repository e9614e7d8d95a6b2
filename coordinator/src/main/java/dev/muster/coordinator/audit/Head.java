package dev.muster.coordinator.audit;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How far a chain goes: the number of an entry and its seal, which vouches for all entries before
 * it.
 *
 * @param seq from 1, without a gap; 0 before the first entry
 * @param mac 32 bytes in lower-case hexadecimal
 */
public record Head(long seq, String mac) {

    /** The seal that the first entry follows. */
    static final Head BEGINNING = new Head(0, "0".repeat(64));

    private static final Pattern FORM = Pattern.compile("(\\d{1,18})[: ]([0-9a-f]{64})");

    /** Reads {@code seq:mac} or {@code seq mac}; empty if it is neither. */
    public static Optional<Head> parse(String text) {
        var matcher = FORM.matcher(text.strip());
        return matcher.matches()
                ? Optional.of(new Head(Long.parseLong(matcher.group(1)), matcher.group(2)))
                : Optional.empty();
    }

    @Override
    public String toString() {
        return seq + ":" + mac;
    }
}
