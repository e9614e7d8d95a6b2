package dev.muster.protocol.script;

import java.util.regex.Pattern;

/**
 * A word as a shell sees it before it expands anything.
 *
 * @param text without its quotes; {@link PlainScript#HOLE} for a hole and {@link #EXPANSION} for
 *     whatever the shell puts in
 * @param hole the first one in it or in a command inside of it, from 0; -1 if there is none
 * @param quoted whether any of it was, so that it is no keyword
 * @param splits whether it may become several words
 * @param assigns whether it begins with a name and an equals sign, as an assignment does
 */
record ShellWord(String text, int hole, boolean quoted, boolean splits, boolean assigns) {

    static final char EXPANSION = '\1';

    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final Pattern PROGRAM =
            Pattern.compile("[A-Za-z0-9_.+@%:,][A-Za-z0-9_.+@%:,-]*");
    private static final Pattern SUBSCRIPTED = Pattern.compile("(?s)[A-Za-z_][A-Za-z0-9_]*\\[.*");

    // to these, a value is more than data: they are run, looked up in, or calculated
    private static final Pattern SPECIAL =
            Pattern.compile(
                    "PATH|ENV|IFS|PS[0-4]|PROMPT_COMMAND|S?RANDOM|SECONDS|LINENO|OPTIND|HISTCMD"
                            + "|SHELL|BASH.*|LD_.*|DYLD_.*");

    boolean hasHole() {
        return hole >= 0;
    }

    /** Whether it is exactly this, with neither quotes nor anything to expand. */
    boolean isBare(String other) {
        return !quoted && text.equals(other);
    }

    /** Whether the shell puts nothing into it but what is written. */
    boolean isLiteral() {
        return !hasHole() && text.indexOf(EXPANSION) < 0;
    }

    boolean isName() {
        return !quoted && NAME.matcher(text).matches();
    }

    /** Whether it reaches into an array, whose subscript is arithmetic. */
    boolean isSubscripted() {
        return SUBSCRIPTED.matcher(text).matches();
    }

    /** The program or builtin it calls as a command's first word; empty if that is not sure. */
    String program() {
        var last = text.substring(text.lastIndexOf('/') + 1);
        return last.equals("[") || PROGRAM.matcher(last).matches() ? last : "";
    }

    /** Whether it names a variable, or assigns to one, that is special to shells or loaders. */
    boolean isSpecial() {
        var name = assigns ? text.substring(0, text.indexOf('=')) : text;
        return SPECIAL.matcher(name.endsWith("+") ? name.substring(0, name.length() - 1) : name)
                .matches();
    }
}
