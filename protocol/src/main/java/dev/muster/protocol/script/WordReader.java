package dev.muster.protocol.script;

import java.util.regex.Pattern;

/** Reads one word. What it takes ends where it does in bash, and in any POSIX shell. */
final class WordReader {

    private static final String ENDS = " \t\n;&|()<>";

    private static final Pattern ASSIGNED = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*\\+?");
    private static final Pattern SIMPLE =
            Pattern.compile("\\$(?:[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])");

    // INVARIANT: nothing in it that a shell could nest, so that its first brace ends it; no
    // substring, subscript, indirection or transformation, which are all calculated or run
    private static final Pattern BRACED =
            Pattern.compile(
                    "\\$\\{(?:#?[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-]"
                            + "|(?:[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*])(?::?[-=?+]|##?|%%?)"
                            + "(?:[^}{'\"`$\\\\()\\n\\x00]|\\$[A-Za-z_][A-Za-z0-9_]*)*)}");

    private static final Pattern NUMERIC = Pattern.compile("\\$\\{?[#?$!].*");

    private final ScriptCursor cursor;
    private final Runnable substitution;
    private final StringBuilder text = new StringBuilder();
    private int hole = -1;
    private boolean quoted;
    private boolean splits;
    private boolean assigns;

    /**
     * @param substitution reads commands and the parenthesis that closes them
     */
    WordReader(ScriptCursor cursor, Runnable substitution) {
        this.cursor = cursor;
        this.substitution = substitution;
    }

    /** The word at the cursor, or an objection if there is none. */
    ShellWord read() {
        if (cursor.isAt("(")) {
            cursor.refuse("a function, an array or a pattern with parentheses");
        }
        if (cursor.isOver() || (cursor.isAtOneOf("#" + ENDS) && !isProcess())) {
            cursor.refuse("no word where one is due");
        }
        while (!cursor.isOver() && (!cursor.isAtOneOf(ENDS) || isProcess())) {
            part();
        }
        return new ShellWord(text.toString(), hole, quoted, splits, assigns);
    }

    private boolean isProcess() {
        return cursor.isAt("<(") || cursor.isAt(">(");
    }

    private void part() {
        if (cursor.pass("'")) {
            singleQuoted();
        } else if (cursor.pass("\"")) {
            doubleQuoted();
        } else if (cursor.isAtOneOf("\\")) {
            escaped();
        } else if (cursor.isAtOneOf("$`<>")) {
            expansion(true);
        } else {
            plain();
        }
    }

    private void plain() {
        int before = cursor.holes();
        char c = cursor.next();
        if (c == PlainScript.HOLE && hole < 0) {
            hole = before;
        }
        if (c == '=' && !quoted && ASSIGNED.matcher(text).matches()) {
            assigns = true;
        }
        text.append(c);
    }

    private void singleQuoted() {
        quoted = true;
        while (!cursor.isOver() && !cursor.isAt("'")) {
            quotedCharacter();
        }
        close("'");
    }

    private void doubleQuoted() {
        quoted = true;
        while (!cursor.isOver() && !cursor.isAt("\"")) {
            if (cursor.isAtOneOf("$`")) {
                expansion(false);
            } else {
                escapedOrNot();
            }
        }
        close("\"");
    }

    private void quotedCharacter() {
        if (cursor.isAtOneOf(PlainScript.HOLES)) {
            cursor.refuseQuoted();
        } else {
            text.append(cursor.next());
        }
    }

    private void close(String quote) {
        if (!cursor.pass(quote)) {
            cursor.refuse("quotes that are not closed");
        }
    }

    private void escaped() {
        quoted = true;
        if (cursor.isAt("\\\n")) {
            cursor.refuse("a line that goes on with no blank before the backslash");
            return;
        }
        cursor.next();
        if (cursor.isOver()) {
            cursor.refuse("a backslash at its end");
            return;
        }
        quotedCharacter();
    }

    private void expansion(boolean bare) {
        int before = cursor.holes();
        if (cursor.isAt("$((") || cursor.isAt("$[")) {
            cursor.refuse("arithmetic");
        } else if (cursor.pass("$(") || cursor.pass("<(") || cursor.pass(">(")) {
            text.append(ShellWord.EXPANSION);
            splits |= bare;
            substitution.run();
        } else if (cursor.pass("`")) {
            backquoted(bare);
        } else if (bare && cursor.pass("$'")) {
            escapedQuotes();
        } else if (bare && cursor.isAt("$\"")) {
            cursor.pass("$");
            text.append(ShellWord.EXPANSION);
        } else {
            variable(bare);
        }
        if (cursor.holes() == before) {
            return;
        }
        if (!bare) {
            cursor.refuse(new Objection(Objection.Kind.QUOTED, before, ""));
        } else if (hole < 0) {
            hole = before;
        }
    }

    private void backquoted(boolean bare) {
        text.append(ShellWord.EXPANSION);
        splits |= bare;
        while (!cursor.isOver() && !cursor.isAt("`")) {
            escapedOrNot();
        }
        close("`");
    }

    /** A character between quotes in which a backslash may be before any. */
    private void escapedOrNot() {
        if (cursor.pass("\\\n")) {
            text.append(ShellWord.EXPANSION);
            return;
        }
        if (cursor.isAtOneOf("\\")) {
            cursor.next();
        }
        if (!cursor.isOver()) {
            quotedCharacter();
        }
    }

    /** Other shells than bash know nothing of these, and end them at a quote behind a backslash. */
    private void escapedQuotes() {
        text.append(ShellWord.EXPANSION);
        while (!cursor.isOver() && !cursor.isAt("'")) {
            quotedCharacter();
            if (cursor.isAt("'") && cursor.isBehindOneOf("\\")) {
                cursor.refuse("a quote behind a backslash in $'…'");
            }
        }
        close("'");
    }

    private void variable(boolean bare) {
        if (cursor.isAt("$\\")) {
            cursor.refuse("a dollar sign before a backslash");
            return;
        }
        var read = cursor.pass(cursor.isAt("${") ? BRACED : SIMPLE);
        if (!read.isEmpty()) {
            text.append(ShellWord.EXPANSION);
            splits |= read.contains("@") || (bare && !NUMERIC.matcher(read).matches());
        } else if (cursor.isAt("${")) {
            cursor.refuse("an expansion ${…} that is more than a variable, its default or a cut");
        } else {
            text.append(cursor.next());
        }
    }
}
