package dev.muster.protocol.script;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** A command that is a shell: which of its words is the script, behind which all are data. */
final class ShellCall {

    private static final Set<String> SHELLS =
            Set.of(
                    "sh", "bash", "dash", "ash", "zsh", "ksh", "ksh93", "mksh", "rbash", "yash",
                    "fish", "csh", "tcsh");

    private static final Set<String> LONG =
            Set.of("--noprofile", "--norc", "--login", "--posix", "--verbose");
    // with a name only at its end, or it would not be sure how many words it takes with it
    private static final Pattern SHORT = Pattern.compile("[-+][A-Za-z&&[^oO]]*[A-Za-z]");
    private static final Pattern SHORT_WITH_NAME = Pattern.compile("[-+][A-Za-z]*[oO]");
    private static final Pattern READING = Pattern.compile("-[A-Za-z]*s[A-Za-z]*");
    private static final Pattern FILE_OF_A_PROCESS = Pattern.compile("/(?:dev|proc)/.*");

    private static final int INPUT = -1;
    private static final int UNKNOWN = -2;

    private ShellCall() {}

    static boolean isShell(ShellWord word) {
        return SHELLS.contains(word.program());
    }

    /**
     * Of a shell. One that reads its script from its input is objected to with no hole in its words
     * too: the input may be what another command prints of a value.
     */
    static Optional<Objection> of(ShellCommand command) {
        int script = scriptOf(command.words());
        if (script == INPUT) {
            return Optional.of(Objection.intricate("a shell that reads its script from its input"));
        }
        return inScript(command.words(), script)
                .or(() -> Evaluation.objection(command.targets().stream(), "as input of a shell"));
    }

    /** Of any other command, which may run a shell that is among its words, as docker does. */
    static Optional<Objection> among(ShellCommand command) {
        var words = command.words();
        for (int i = 1; i + 1 < words.size(); i++) {
            var next = words.get(i + 1);
            if (isShell(words.get(i)) && (next.hasHole() || next.text().startsWith("-"))) {
                var shell = words.subList(i, words.size());
                var objection = inScript(shell, scriptOf(shell));
                if (objection.isPresent()) {
                    return objection;
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<Objection> inScript(List<ShellWord> words, int script) {
        var notData = script < 0 ? words : words.subList(0, script + 1);
        return Evaluation.objection(notData.stream(), "as the script of a shell, or an option");
    }

    /** Which of the words the script is, or names its file. */
    private static int scriptOf(List<ShellWord> words) {
        boolean isFile = true;
        int at = 1;
        while (at < words.size() && words.get(at).text().matches("[-+].+")) {
            var option = words.get(at).text();
            if (option.equals("--")) {
                return kindOf(words, at + 1, isFile);
            }
            if (READING.matcher(option).matches()) {
                return INPUT;
            }
            if (!LONG.contains(option) && !SHORT.matcher(option).matches()) {
                return UNKNOWN;
            }
            isFile &= option.startsWith("--") || option.indexOf('c') < 0;
            at++;
            if (SHORT_WITH_NAME.matcher(option).matches()) {
                if (at < words.size() && !words.get(at).isLiteral()) {
                    return UNKNOWN;
                }
                at++;
            }
        }
        return kindOf(words, at, isFile);
    }

    private static int kindOf(List<ShellWord> words, int script, boolean isFile) {
        if (script >= words.size() || words.get(script).text().equals("-")) {
            return INPUT;
        }
        var word = words.get(script);
        if (isFile && isInput(word)) {
            return INPUT;
        }
        // what is put in could be an option, or nothing at all
        boolean isSure = !word.splits() && !word.text().equals("" + ShellWord.EXPANSION);
        return isSure ? script : UNKNOWN;
    }

    /** Whether it is a file that is what the shell, or another process, reads or writes. */
    static boolean isInput(ShellWord file) {
        return FILE_OF_A_PROCESS.matcher(file.text()).matches();
    }
}
