package dev.muster.protocol.script;

/**
 * Why a script may not have its holes.
 *
 * @param hole the one it is about, counted from 0
 * @param why what stands there, as the end of a sentence; empty if {@code kind} says it all
 */
public record Objection(Kind kind, int hole, String why) {

    /** What is wrong. */
    public enum Kind {
        /** The hole is inside quotes, and what fills it brings its own. */
        QUOTED,
        /**
         * The shell or a program of its kind would take the value for code, a name or an option.
         */
        EVALUATED,
        /** The script has something that no script with holes may have, wherever they are. */
        INTRICATE
    }

    static Objection evaluated(int hole, String why) {
        return new Objection(Kind.EVALUATED, hole, why);
    }

    static Objection intricate(String why) {
        return new Objection(Kind.INTRICATE, 0, why);
    }
}
