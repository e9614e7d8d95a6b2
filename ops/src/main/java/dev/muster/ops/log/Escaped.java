package dev.muster.ops.log;

import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;

/** Text from anywhere, made fit for a line of a log or a terminal. */
public final class Escaped {

    private Escaped() {}

    /**
     * Every character that moves the cursor, ends the line or hides text is written as its code.
     */
    public static String text(String from) {
        return escaped(from, Escaped::isDangerous, "\\u%04x"::formatted);
    }

    /**
     * The same of a line of JSON, which then still says the same: outside of its texts, where an
     * escape would not be allowed, there is no such character but the end of the line.
     */
    static String json(String line) {
        return escaped(line, Escaped::isDangerousInLine, Escaped::units);
    }

    /** JSON knows units of UTF-16 only. */
    private static String units(int point) {
        return Character.toString(point)
                .chars()
                .mapToObj("\\u%04x"::formatted)
                .collect(Collectors.joining());
    }

    private static String escaped(
            String text, IntPredicate dangerous, IntFunction<String> written) {
        if (text.codePoints().noneMatch(dangerous)) {
            return text;
        }
        var safe = new StringBuilder(text.length() + 16);
        text.codePoints()
                .forEach(
                        point -> {
                            if (dangerous.test(point)) {
                                safe.append(written.apply(point));
                            } else {
                                safe.appendCodePoint(point);
                            }
                        });
        return safe.toString();
    }

    private static boolean isDangerousInLine(int point) {
        return point != '\n' && isDangerous(point);
    }

    private static boolean isDangerous(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE ->
                    true;
            default -> false;
        };
    }
}
