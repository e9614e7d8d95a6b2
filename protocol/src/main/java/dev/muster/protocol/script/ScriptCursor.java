package dev.muster.protocol.script;

import org.jspecify.annotations.Nullable;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where in a script the reading is. The first objection ends it: nothing is left to read then. */
final class ScriptCursor {

    private final String text;
    private int at;
    private int holes;
    private @Nullable Objection objection;

    ScriptCursor(String text) {
        this.text = text;
    }

    boolean isOver() {
        return at >= text.length();
    }

    int position() {
        return at;
    }

    /** Holes before the position. */
    int holes() {
        return holes;
    }

    /** Whether the next character is one of these; false at the end. */
    boolean isAtOneOf(String characters) {
        return !isOver() && characters.indexOf(text.charAt(at)) >= 0;
    }

    boolean isAt(String next) {
        return text.startsWith(next, at);
    }

    boolean isAt(Pattern next) {
        return next.matcher(text).region(at, text.length()).lookingAt();
    }

    boolean isBehindOneOf(String characters) {
        return at == 0 || characters.indexOf(text.charAt(at - 1)) >= 0;
    }

    /** The next character, passed; not at the end. */
    char next() {
        char c = text.charAt(at++);
        if (c == PlainScript.HOLE) {
            holes++;
        }
        return c;
    }

    /** Passes {@code next}, if that is what follows. */
    boolean pass(String next) {
        if (!isAt(next)) {
            return false;
        }
        at += next.length();
        return true;
    }

    /** What of {@code pattern} follows, passed; empty if nothing does. */
    String pass(Pattern pattern) {
        Matcher matcher = pattern.matcher(text).region(at, text.length());
        if (!matcher.lookingAt()) {
            return "";
        }
        at = matcher.end();
        return matcher.group();
    }

    /** Goes back to where it was, unless there is an objection. */
    void back(int position) {
        if (objection == null) {
            at = position;
            holes = (int) text.substring(0, at).chars().filter(c -> c == PlainScript.HOLE).count();
        }
    }

    void refuse(Objection why) {
        if (objection == null) {
            objection = why;
        }
        at = text.length();
    }

    void refuse(String intricate) {
        refuse(Objection.intricate(intricate));
    }

    /** The next hole is inside quotes. */
    void refuseQuoted() {
        refuse(new Objection(Objection.Kind.QUOTED, holes, ""));
    }

    Optional<Objection> objection() {
        return Optional.ofNullable(objection);
    }
}
