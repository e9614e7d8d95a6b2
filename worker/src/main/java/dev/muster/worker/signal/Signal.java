package dev.muster.worker.signal;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * What an agent said.
 *
 * @param message for people; of any origin, so only ever data: one line without control characters,
 *     at most {@value #LONGEST_MESSAGE} characters, perhaps empty
 */
public record Signal(Kind kind, String message) {

    static final int LONGEST_MESSAGE = 2_000;

    /** The words it can begin with. */
    public enum Kind {
        DONE,
        FAILED,
        ASK;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public Signal {
        message = harmless(message);
    }

    static Optional<Kind> kind(String word) {
        return Arrays.stream(Kind.values()).filter(kind -> kind.word().equals(word)).findFirst();
    }

    private static String harmless(String text) {
        var line =
                text.codePoints()
                        .map(c -> isHarmless(c) ? c : ' ')
                        .collect(
                                StringBuilder::new,
                                StringBuilder::appendCodePoint,
                                StringBuilder::append)
                        .toString()
                        .strip();
        if (line.length() <= LONGEST_MESSAGE) {
            return line;
        }
        boolean cutsPair = Character.isHighSurrogate(line.charAt(LONGEST_MESSAGE - 1));
        return line.substring(0, cutsPair ? LONGEST_MESSAGE - 1 : LONGEST_MESSAGE);
    }

    private static boolean isHarmless(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    false;
            default -> true;
        };
    }
}
