package dev.muster.protocol.script;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Reads a script as far as it is plain: commands and their words, assignments, pipes, redirections,
 * {@code if}, {@code while}, {@code for}, {@code case}, groups and {@code $(…)}. Where bash and a
 * POSIX shell would read on differently, it reads no further.
 */
public final class PlainScript {

    /**
     * Stands in a script for a quoted reference to a variable, which is one word or part of one.
     */
    public static final char HOLE = '\0';

    static final String HOLES = String.valueOf(HOLE);

    /** Nobody writes more, and each level takes some of the stack. */
    private static final int DEEPEST = 20;

    private static final Set<String> OPENING =
            Set.of("if", "then", "elif", "else", "while", "until", "do", "{", "!", "time");
    private static final Set<String> AFTER_COMPOUND =
            Set.of("fi", "done", "}", "then", "do", "elif", "else", "esac");
    private static final Pattern REDIRECTION =
            Pattern.compile("[0-9]*(?:>>|>&|>\\||<&|<>|<<<|[<>](?!\\())|&>>?");
    private static final Pattern HERE_DOCUMENT = Pattern.compile("[0-9]*<<(?!<)");
    private static final Pattern DESCRIPTOR = Pattern.compile("\\{.*}");

    private final ScriptCursor cursor;
    private int depth;
    private int substitutions;

    private PlainScript(String script) {
        this.cursor = new ScriptCursor(script);
    }

    /** What ends a list of commands. */
    private enum End {
        SCRIPT,
        PARENTHESIS,
        /** Of a branch of {@code case}. */
        BRANCH
    }

    /** Why values may not fill the holes of {@code script}; empty if they may, or it has none. */
    public static Optional<Objection> objectionTo(String script) {
        if (script.indexOf(HOLE) < 0) {
            return Optional.empty();
        }
        var plain = new PlainScript(script);
        plain.commands(End.SCRIPT);
        return plain.cursor.objection();
    }

    /**
     * Reads commands and what ends them.
     *
     * @return whether that was {@code esac}
     */
    private boolean commands(End end) {
        if (++depth > DEEPEST) {
            cursor.refuse("too many commands inside of one another");
        }
        boolean last = false;
        boolean more = true;
        while (more) {
            skipBlanks();
            if (cursor.isOver()) {
                if (end != End.SCRIPT) {
                    cursor.refuse("something that is not closed");
                }
                more = false;
            } else if (cursor.isAt(";;") || cursor.isAt(";&")) {
                endBranch(end);
                more = false;
            } else if (cursor.pass(")")) {
                if (end != End.PARENTHESIS) {
                    cursor.refuse("a parenthesis that closes nothing");
                }
                more = false;
            } else if (cursor.isAtOneOf("\n;|&") && !cursor.isAt("&>")) {
                cursor.next();
            } else if (cursor.isAtOneOf("#")) {
                skipComment();
            } else if (cursor.isAtOneOf("(")) {
                subshell();
            } else {
                last = command(end);
                more = !last;
            }
        }
        depth--;
        return last;
    }

    private void endBranch(End end) {
        if (end != End.BRANCH) {
            cursor.refuse("the end of a branch outside of case");
        }
        if (!cursor.pass(";;&") && !cursor.pass(";;")) {
            cursor.pass(";&");
        }
    }

    private void subshell() {
        if (cursor.isAt("((")) {
            cursor.refuse("arithmetic");
            return;
        }
        cursor.pass("(");
        commands(End.PARENTHESIS);
        afterCompound();
    }

    /** A command or a keyword; true for the {@code esac} that ends this list. */
    private boolean command(End end) {
        if (cursor.isAt(REDIRECTION)) {
            plainCommand(List.of());
            return false;
        }
        var word = word();
        if (word.quoted()) {
            plainCommand(List.of(word));
            return false;
        }
        switch (word.text()) {
            case "for" -> loop();
            case "case" -> branches();
            case "fi", "done", "}" -> afterCompound();
            case "[[" -> cursor.refuse("[[ ]], which calculates; write [ ]");
            case "select", "function", "coproc" -> cursor.refuse(word.text());
            case "esac" -> {
                if (end == End.BRANCH) {
                    return true;
                }
                cursor.refuse("an esac without its case");
            }
            default -> {
                // behind the keywords that open something a command is due again
                if (!OPENING.contains(word.text())) {
                    plainCommand(List.of(word));
                }
            }
        }
        return false;
    }

    private void plainCommand(List<ShellWord> begun) {
        var assignments = new ArrayList<ShellWord>();
        var words = new ArrayList<ShellWord>();
        var targets = new ArrayList<ShellWord>();
        begun.forEach(word -> (word.assigns() ? assignments : words).add(word));
        boolean redirectedBoth = false;
        skipBlanks();
        while (!isAtEndOfCommand()) {
            if (cursor.isAt(REDIRECTION)) {
                redirectedBoth |= cursor.isAt("&>");
                targets.add(target());
            } else {
                var word = word();
                if (word.hasHole() && redirectedBoth) {
                    // to other shells than bash "&" ends the command, and this begins another one
                    cursor.refuse("&> before a value; write > and 2>&1");
                }
                (words.isEmpty() && word.assigns() ? assignments : words).add(word);
            }
            skipBlanks();
        }
        Evaluation.of(new ShellCommand(assignments, words, targets)).ifPresent(cursor::refuse);
    }

    private boolean isAtEndOfCommand() {
        return cursor.isOver() || (cursor.isAtOneOf("\n;&|)#") && !cursor.isAt("&>"));
    }

    private ShellWord target() {
        if (cursor.isAt(HERE_DOCUMENT)) {
            cursor.refuse("a here-document");
        }
        cursor.pass(REDIRECTION);
        skipBlanks();
        return word();
    }

    /** Behind a compound command come redirections, and then what may follow any command. */
    private void afterCompound() {
        skipBlanks();
        while (!isAtEndOfCommand()) {
            if (cursor.isAt(REDIRECTION)) {
                target();
            } else {
                int before = cursor.position();
                var word = word();
                if (!word.quoted() && AFTER_COMPOUND.contains(word.text())) {
                    cursor.back(before);
                    return;
                }
                cursor.refuse("a word behind the end of a group");
            }
            skipBlanks();
        }
    }

    private void loop() {
        skipBlanks();
        var variable = word();
        if (!variable.isName()) {
            cursor.refuse("a loop without a variable");
        }
        expectIn();
        skipBlanks();
        while (!isAtEndOfCommand()) {
            var word = word();
            if (word.hasHole() && variable.isSpecial()) {
                cursor.refuse(Objection.evaluated(word.hole(), "as a value of " + variable.text()));
            }
            skipBlanks();
        }
    }

    private void branches() {
        if (substitutions > 0) {
            // old shells take the parenthesis of a pattern for the one that ends the substitution
            cursor.refuse("case inside of $(…)");
        }
        skipBlanks();
        word();
        expectIn();
        boolean last = false;
        while (!last && !cursor.isOver()) {
            skipLines();
            boolean opened = cursor.pass("(");
            skipBlanks();
            int before = cursor.position();
            var first = word();
            if (!opened && first.isBare("esac")) {
                break;
            }
            cursor.back(before);
            patterns();
            last = commands(End.BRANCH);
        }
        afterCompound();
    }

    private void patterns() {
        boolean more = true;
        while (more) {
            skipBlanks();
            var pattern = word();
            if (pattern.hasHole()) {
                cursor.refuse(Objection.evaluated(pattern.hole(), "as a pattern"));
            }
            skipBlanks();
            more = cursor.pass("|");
        }
        if (!cursor.pass(")")) {
            cursor.refuse("a pattern that does not end");
        }
    }

    private void expectIn() {
        skipLines();
        if (!word().isBare("in")) {
            cursor.refuse("a for or case without its in");
        }
    }

    private ShellWord word() {
        var word = new WordReader(cursor, this::substituted).read();
        if (cursor.isAtOneOf("<>") && DESCRIPTOR.matcher(word.text()).matches()) {
            cursor.refuse("a file descriptor in braces");
        }
        return word;
    }

    private void substituted() {
        substitutions++;
        commands(End.PARENTHESIS);
        substitutions--;
    }

    private void skipLines() {
        skipBlanks();
        while (cursor.isAtOneOf("\n#")) {
            if (!cursor.pass("\n")) {
                skipComment();
            }
            skipBlanks();
        }
    }

    private void skipBlanks() {
        boolean more = true;
        while (more) {
            more =
                    cursor.pass(" ")
                            || cursor.pass("\t")
                            || (cursor.isBehindOneOf(" \t\n") && cursor.pass("\\\n"));
        }
    }

    /** Nothing in it is expanded. */
    private void skipComment() {
        if (substitutions > 0) {
            // old shells look for the parenthesis in it too
            cursor.refuse("a comment inside of $(…)");
        }
        while (!cursor.isOver() && !cursor.isAtOneOf("\n")) {
            cursor.next();
        }
    }
}
