package dev.muster.ops.log;

/** Text from anywhere, made fit for a line of a log or a terminal. */
public final class Escaped {

    private Escaped() {}

    /**
     * Every character that moves the cursor, ends the line or hides text is written as its code.
     */
    public static String text(String from) {
        if (from.codePoints().noneMatch(Escaped::isDangerous)) {
            return from;
        }
        var safe = new StringBuilder(from.length() + 16);
        from.codePoints()
                .forEach(
                        point -> {
                            if (isDangerous(point)) {
                                safe.append("\\u%04x".formatted(point));
                            } else {
                                safe.appendCodePoint(point);
                            }
                        });
        return safe.toString();
    }

    /**
     * The same of a line of JSON, which then still says the same: outside of its texts, where an
     * escape would not be allowed, there is no such character but the end of the line.
     */
    static String json(String line) {
        if (line.codePoints().noneMatch(Escaped::isDangerousInLine)) {
            return line;
        }
        var safe = new StringBuilder(line.length() + 16);
        line.codePoints()
                .forEach(
                        point -> {
                            if (isDangerousInLine(point)) {
                                for (char unit : Character.toChars(point)) {
                                    safe.append("\\u%04x".formatted((int) unit));
                                }
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
