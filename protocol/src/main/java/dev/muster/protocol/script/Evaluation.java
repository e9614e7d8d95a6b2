package dev.muster.protocol.script;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What a command makes of a value that is passed on to it: nothing more than data, or more. */
final class Evaluation {

    /** Make variables whose assignments are calculated, or name other variables. */
    private static final Set<String> CALCULATING = Set.of("let", "declare", "typeset", "local");

    /** Take words, or what they read, for code, options or names, and names for arithmetic. */
    private static final Set<String> EVALUATING =
            Set.of(
                    "eval",
                    "source",
                    ".",
                    "trap",
                    "read",
                    "mapfile",
                    "readarray",
                    "unset",
                    "getopts",
                    "wait",
                    "hash",
                    "enable",
                    "alias",
                    "unalias",
                    "bind",
                    "complete",
                    "compgen",
                    "compopt",
                    "fc",
                    "jobs",
                    // these hand them to a shell
                    "su",
                    "ssh",
                    "watch",
                    "parallel",
                    "script");

    private static final Set<String> SOURCING = Set.of("source", ".");

    /** Run the command that their words are, behind so many of their own. */
    private static final Map<String, Integer> CARRYING =
            Map.ofEntries(
                    Map.entry("builtin", 0),
                    Map.entry("busybox", 0),
                    Map.entry("command", 0),
                    Map.entry("doas", 0),
                    Map.entry("env", 0),
                    Map.entry("exec", 0),
                    Map.entry("flock", 1),
                    Map.entry("ionice", 0),
                    Map.entry("nice", 0),
                    Map.entry("nohup", 0),
                    Map.entry("setsid", 0),
                    Map.entry("stdbuf", 0),
                    Map.entry("sudo", 0),
                    Map.entry("time", 0),
                    Map.entry("timeout", 1),
                    Map.entry("xargs", 0));

    /** Of these, those that take assignments first. */
    private static final Set<String> ASSIGNING = Set.of("doas", "env", "sudo");

    // with neither -v and -R, which take arithmetic, nor -a and -o, which would join tests
    private static final Pattern UNARY = Pattern.compile("-[bcdefghknprstuwxzGLNOS]");
    private static final Pattern BINARY = Pattern.compile("==?|!=|-(?:eq|ne|lt|le|gt|ge|nt|ot|ef)");

    private Evaluation() {}

    static Optional<Objection> of(ShellCommand command) {
        var special = ofAssignments(command.assignments());
        return special.isPresent() || command.words().isEmpty() ? special : ofWords(command);
    }

    private static Optional<Objection> ofAssignments(List<ShellWord> assignments) {
        return objection(
                assignments.stream().filter(ShellWord::isSpecial),
                "as a value of a variable that shells act upon");
    }

    private static Optional<Objection> ofWords(ShellCommand command) {
        var first = command.words().getFirst();
        if (first.hasHole()) {
            return evaluated(first, "as the program that is run");
        }
        if (first.isSubscripted()) {
            return Optional.of(Objection.intricate("a subscript, which is arithmetic"));
        }
        var program = first.program();
        if (CALCULATING.contains(program)) {
            return Optional.of(Objection.intricate(program + ", which can calculate"));
        }
        if (SOURCING.contains(program)
                && command.arguments().stream().anyMatch(ShellCall::isInput)) {
            return Optional.of(Objection.intricate(program + " reading its input"));
        }
        if (program.isEmpty()) {
            return orIntricate(command, "a command whose program is not written out");
        }
        if (EVALUATING.contains(program)) {
            return objection(command.passedOn(), "as a word of " + program);
        }
        if (CARRYING.containsKey(program)) {
            return carried(command, program);
        }
        if (ShellCall.isShell(first)) {
            return ShellCall.of(command);
        }
        return switch (program) {
            case "[", "test" -> tested(command, program);
            case "printf" -> printed(command);
            case "export", "readonly" -> exported(command, program);
            default -> ShellCall.among(command);
        };
    }

    /** Of a command that is the words of another one. */
    private static Optional<Objection> carried(ShellCommand command, String carrier) {
        var words = command.words();
        int at = 1;
        while (ASSIGNING.contains(carrier) && at < words.size() && words.get(at).assigns()) {
            at++;
        }
        var special = ofAssignments(words.subList(1, at));
        if (special.isPresent()) {
            return special;
        }
        int begins = at + CARRYING.get(carrier);
        boolean isPlain =
                begins < words.size()
                        && words.subList(at, begins).stream().allMatch(Evaluation::isOperand);
        if (isPlain && isOperand(words.get(begins))) {
            return ofWords(command.from(begins));
        }
        // its options may take words of their own, and only it knows where its command begins
        return objection(
                words.subList(at, words.size()).stream(),
                "as a word of " + carrier + " where its command is not the next word");
    }

    private static boolean isOperand(ShellWord word) {
        return word.isLiteral() && !word.text().startsWith("-");
    }

    /**
     * A test tells from the number of its words what they are, so these must be as many as are
     * written, and no value in the place of what decides.
     */
    private static Optional<Objection> tested(ShellCommand command, String program) {
        var words = command.arguments();
        if (words.stream().allMatch(ShellWord::isLiteral)) {
            return Optional.empty();
        }
        if (words.stream().noneMatch(ShellWord::splits)) {
            boolean closed = program.equals("[") && words.getLast().isBare("]");
            var tested = closed ? words.subList(0, words.size() - 1) : words;
            if (closed == program.equals("[") && isKnownTest(tested)) {
                return Optional.empty();
            }
        }
        return orIntricate(
                command,
                "a test other than [ -f \"$a\" ] or [ \"$a\" = b ], which && and || would join");
    }

    private static boolean isKnownTest(List<ShellWord> words) {
        if (words.size() > 1 && words.getFirst().isBare("!")) {
            return isKnownTest(words.subList(1, words.size()));
        }
        return switch (words.size()) {
            case 1 -> true;
            case 2 -> UNARY.matcher(words.getFirst().text()).matches();
            case 3 -> BINARY.matcher(words.get(1).text()).matches();
            default -> false;
        };
    }

    /** Its first word could be an option, of which one takes a name. */
    private static Optional<Objection> printed(ShellCommand command) {
        var words = command.arguments();
        if (words.isEmpty()) {
            return Optional.empty();
        }
        var format = words.getFirst().text();
        boolean isSure =
                format.equals("--")
                        || format.isEmpty()
                        || ("-" + PlainScript.HOLE + ShellWord.EXPANSION).indexOf(format.charAt(0))
                                < 0;
        return isSure
                ? Optional.empty()
                : orIntricate(command, "a printf without a format such as %s");
    }

    private static Optional<Objection> exported(ShellCommand command, String program) {
        boolean hasOptions =
                command.arguments().stream().anyMatch(word -> word.text().startsWith("-"));
        var objectionable =
                Stream.concat(command.arguments().stream(), command.targets().stream())
                        .filter(
                                word ->
                                        hasOptions
                                                || !word.assigns()
                                                || word.splits()
                                                || word.isSpecial());
        return objection(
                objectionable, "as a word of " + program + " that is not a usual NAME=value");
    }

    private static Optional<Objection> orIntricate(ShellCommand command, String what) {
        return objection(command.passedOn(), "in " + what)
                .or(() -> Optional.of(Objection.intricate(what)));
    }

    static Optional<Objection> objection(Stream<ShellWord> words, String where) {
        return words.filter(ShellWord::hasHole).findFirst().flatMap(word -> evaluated(word, where));
    }

    private static Optional<Objection> evaluated(ShellWord word, String where) {
        return Optional.of(Objection.evaluated(word.hole(), where));
    }
}
