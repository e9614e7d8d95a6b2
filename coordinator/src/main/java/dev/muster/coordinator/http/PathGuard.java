package dev.muster.coordinator.http;

/**
 * Refuses paths that two readers could take for two different things, before anything is routed: an
 * encoded slash, backslash, dot, semicolon or percent sign, control characters, dot and empty
 * segments.
 */
final class PathGuard {

    private PathGuard() {}

    /** Whether there is one way to read {@code path}, which is as it came, still encoded. */
    static boolean isPlain(String path) {
        if (path.isEmpty() || path.charAt(0) != '/') {
            return false;
        }
        var segmentStart = 1;
        for (var i = 1; i < path.length(); i++) {
            var c = path.charAt(i);
            if (c == '/') {
                if (!isPlainSegment(path, segmentStart, i)) {
                    return false;
                }
                segmentStart = i + 1;
            } else if (c <= ' ' || c >= 0x7f || c == '\\' || c == ';') {
                return false;
            } else if (c == '%') {
                if (!isPlainEscape(path, i)) {
                    return false;
                }
                i += 2;
            }
        }
        // an empty last segment is a trailing slash
        return segmentStart == path.length() || isPlainSegment(path, segmentStart, path.length());
    }

    private static boolean isPlainSegment(String path, int from, int to) {
        var length = to - from;
        return length > 2
                || (length == 2 && !path.startsWith("..", from))
                || (length == 1 && path.charAt(from) != '.');
    }

    private static boolean isPlainEscape(String path, int at) {
        if (at + 2 >= path.length()) {
            return false;
        }
        var high = Character.digit(path.charAt(at + 1), 16);
        var low = Character.digit(path.charAt(at + 2), 16);
        if (high < 0 || low < 0) {
            return false;
        }
        var decoded = (char) (high * 16 + low);
        // Letters, digits and marks need no escape; whoever escapes them hides something.
        return decoded == ' ' || decoded >= 0x80 || "\"<>^`{|}!'()*@:$&+,=".indexOf(decoded) >= 0;
    }
}
