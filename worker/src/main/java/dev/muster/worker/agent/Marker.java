package dev.muster.worker.agent;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The line by which an agent tells in its output how a stage ended: {@code muster:code:stage:done}
 * or {@code …:failed}. The agent is told its code in two parts, never whole, so the prompt on the
 * screen is no marker, however it is cut into lines.
 */
final class Marker {

    private final String code;
    private final int stage;
    private final Pattern line;

    /**
     * @param code 16 hexadecimal digits that nobody else knows
     * @param stage index from 0
     */
    Marker(String code, int stage) {
        this.code = code;
        this.stage = stage;
        // what is drawn around it, such as a bullet or a frame, does not count
        this.line =
                Pattern.compile(
                        "[^\\p{Alnum}]*muster:"
                                + Pattern.quote(code)
                                + ":"
                                + stage
                                + ":(done|failed)[^\\p{Alnum}]*");
    }

    /** What the agent is asked to do. */
    String instruction() {
        int half = code.length() / 2;
        return """
        When you have finished, or when you know that you cannot, print one line with nothing else on it: \
        the word muster, the code, the number %d, and either the word done or the word failed, \
        joined by colons. The code is %s directly followed by %s, as one word.\
        """
                .formatted(stage, code.substring(0, half), code.substring(half));
    }

    /** Whether the line says that the stage succeeded or failed; empty if it is no marker. */
    Optional<Boolean> outcome(String text) {
        var matcher = line.matcher(text);
        return matcher.matches() ? Optional.of(matcher.group(1).equals("done")) : Optional.empty();
    }
}
