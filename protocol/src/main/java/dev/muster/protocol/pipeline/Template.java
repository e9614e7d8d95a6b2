package dev.muster.protocol.pipeline;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A stage's command with variables in it: {@code {description}}, {@code {branch}}, {@code
 * {project}}, {@code {taskId}}, and what people answered, {@code {choice}} and {@code {input}}.
 * {@code {{word}}} stands for a literal {@code {word}}; {@code ${word}} is the shell's own
 * business.
 *
 * <p>In a shell command a variable becomes a quoted reference to an environment variable, so that
 * whatever a person typed stays one word. That holds only outside quotes, where {@code "…"} is not
 * taken as the end of a string already open: inside quotes a template is refused when the pipeline
 * is saved. In a prompt, which is only read, a variable becomes its value, quotes or not.
 */
public final class Template {

    /** What a command may refer to. */
    public enum Variable {
        DESCRIPTION("description", "MUSTER_DESCRIPTION"),
        BRANCH("branch", "MUSTER_BRANCH"),
        PROJECT("project", "MUSTER_PROJECT"),
        TASK_ID("taskId", "MUSTER_TASK_ID"),
        /** What was picked at the last gate with choices. */
        CHOICE("choice", "MUSTER_CHOICE"),
        /** What was typed at the last gate for input. */
        INPUT("input", "MUSTER_INPUT");

        private final String word;
        private final String environment;

        Variable(String word, String environment) {
            this.word = word;
            this.environment = environment;
        }

        /** The name of the environment variable that carries the value. */
        public String environment() {
            return environment;
        }

        /** Whether a gate gives it, so that it has no value before. */
        boolean isAnswer() {
            return this == CHOICE || this == INPUT;
        }

        @Override
        public String toString() {
            return word;
        }

        private static Optional<Variable> named(String word) {
            return Arrays.stream(values()).filter(v -> v.word.equals(word)).findFirst();
        }
    }

    // INVARIANT: tried left to right, so an escaped or a shell reference is never seen as a
    // variable
    private static final Pattern TOKEN =
            Pattern.compile(
                    "\\{\\{(?<literal>[A-Za-z]+)}}|\\$\\{[^}]*}|\\{(?<variable>[A-Za-z]+)}");

    private Template() {}

    /** What is wrong with {@code command}; the pointers are relative to it, so empty. */
    static List<Fault> faultsIn(String command, CommandKind kind) {
        var faults = new ArrayList<Fault>();
        var matcher = TOKEN.matcher(command);
        while (matcher.find()) {
            var word = matcher.group("variable");
            if (word == null) {
                continue;
            }
            if (Variable.named(word).isEmpty()) {
                faults.add(new Fault("", "unknown_variable", unknown(word)));
            } else if (kind == CommandKind.SHELL && isQuoted(command, matcher.start())) {
                faults.add(
                        new Fault(
                                "",
                                "quoted_variable",
                                "{"
                                        + word
                                        + "} stands inside quotes or behind a backslash; it"
                                        + " brings its own quotes, so write it outside of them."));
            }
        }
        return faults;
    }

    /** What {@code command} refers to, of what there is. */
    static Set<Variable> variablesIn(String command) {
        var variables = EnumSet.noneOf(Variable.class);
        TOKEN.matcher(command)
                .results()
                .map(token -> token.group("variable"))
                .filter(Objects::nonNull)
                .forEach(word -> Variable.named(word).ifPresent(variables::add));
        return variables;
    }

    /**
     * The command as a shell runs it: each variable a quoted reference to its environment variable.
     *
     * @throws IllegalArgumentException if the command names an unknown variable; a saved pipeline
     *     never does
     */
    public static String forShell(String command) {
        return replaced(command, variable -> "\"$" + variable.environment + "\"");
    }

    /**
     * The command as an agent reads it: each variable its value, as it is.
     *
     * @param values by the names of the environment variables; one that is missing is empty
     * @throws IllegalArgumentException if the command names an unknown variable; a saved pipeline
     *     never does
     */
    public static String forPrompt(String command, Map<String, String> values) {
        return replaced(command, variable -> values.getOrDefault(variable.environment, ""));
    }

    private static String replaced(String command, Function<Variable, String> becomes) {
        return TOKEN.matcher(command)
                .replaceAll(match -> Matcher.quoteReplacement(replaced(match, becomes)));
    }

    private static String replaced(MatchResult match, Function<Variable, String> becomes) {
        var literal = match.group("literal");
        if (literal != null) {
            return "{" + literal + "}";
        }
        var word = match.group("variable");
        if (word == null) {
            return match.group();
        }
        return becomes.apply(
                Variable.named(word)
                        .orElseThrow(() -> new IllegalArgumentException(unknown(word))));
    }

    private static String unknown(String word) {
        var known =
                Arrays.stream(Variable.values())
                        .map(v -> "{" + v.word + "}")
                        .collect(Collectors.joining(", "));
        var shown = word.length() > 64 ? word.substring(0, 64) + "…" : word;
        return "There is no variable {"
                + shown
                + "}; there are "
                + known
                + ". Write {{"
                + shown
                + "}} for the text itself.";
    }

    /**
     * Whether {@code position} lies inside single quotes, double quotes or backquotes, as a POSIX
     * shell counts them, or right behind a backslash.
     */
    private static boolean isQuoted(String command, int position) {
        char open = 0;
        for (int i = 0; i < position; i++) {
            char c = command.charAt(i);
            if (c == '\\' && open != '\'') {
                i++;
                if (i == position) {
                    // the backslash would take away the opening quote that the variable brings
                    return true;
                }
            } else if (open == 0 && (c == '\'' || c == '"' || c == '`')) {
                open = c;
            } else if (c == open) {
                open = 0;
            }
        }
        return open != 0;
    }
}
