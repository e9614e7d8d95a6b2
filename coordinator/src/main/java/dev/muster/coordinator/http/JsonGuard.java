package dev.muster.coordinator.http;

/** Looks at a JSON text before it is parsed. Judges only what the parser would let pass. */
final class JsonGuard {

    /**
     * Deeper than any document of ours, shallow enough for whoever recurses, and no deeper than
     * what rooms and workers read again later ({@link dev.muster.protocol.wire.Wire}).
     */
    private static final int MOST_LEVELS = 32;

    private JsonGuard() {}

    /**
     * Refuses nesting that costs more than it says, and the character U+0000, which no text column
     * can hold.
     *
     * @throws Problem 400
     */
    static void check(byte[] text) {
        var depth = 0;
        var inString = false;
        for (var i = 0; i < text.length; i++) {
            var c = text[i];
            if (inString) {
                if (c == '\\') {
                    if (isNul(text, i)) {
                        throw Problem.badRequest(
                                "invalid_json", "The character U+0000 is not allowed.");
                    }
                    i++;
                } else if (c == '"') {
                    inString = false;
                }
            } else if (c == '"') {
                inString = true;
            } else if (c == '{' || c == '[') {
                depth++;
                if (depth > MOST_LEVELS) {
                    throw Problem.badRequest(
                            "invalid_json", "The body is nested deeper than 32 levels.");
                }
            } else if (c == '}' || c == ']') {
                depth--;
            }
        }
    }

    private static boolean isNul(byte[] text, int at) {
        return at + 5 < text.length
                && text[at + 1] == 'u'
                && text[at + 2] == '0'
                && text[at + 3] == '0'
                && text[at + 4] == '0'
                && text[at + 5] == '0';
    }
}
