package dev.muster.protocol.git;

/** Hostile text made fit for a sentence: bounded, and without characters that act. */
final class Quoted {

    private static final int MOST = 80;

    private Quoted() {}

    static String of(String text) {
        var shown = new StringBuilder("\"");
        text.codePoints()
                .limit(MOST)
                .forEach(c -> shown.append(acts(c) ? "?" : Character.toString(c)));
        if (text.codePointCount(0, text.length()) > MOST) {
            shown.append("...");
        }
        return shown.append('"').toString();
    }

    static String character(int codePoint) {
        return acts(codePoint)
                ? "the character U+%04X".formatted(codePoint)
                : "\"" + Character.toString(codePoint) + "\"";
    }

    /** Whether it could move a cursor, reorder a line or end it. */
    static boolean acts(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    true;
            default -> false;
        };
    }
}
