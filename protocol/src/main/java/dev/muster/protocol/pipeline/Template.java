package dev.muster.protocol.pipeline;

import dev.muster.protocol.script.Objection;
import dev.muster.protocol.script.PlainScript;

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
 * taken as the end of a string already open, and it is enough only where the shell takes a word for
 * no more than a word. So a command with variables has to be a {@link PlainScript}; one that is not
 * is refused when its pipeline is saved, and again before it runs, for it may have been saved when
 * the rule was another. In a prompt, which is only read, a variable becomes its value, wherever it
 * stands.
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

    // the braces of a variable of ours end the shell's
    private static final Pattern BRACED = Pattern.compile("(?s)\\$\\{.*\\{(?<variable>[A-Za-z]+)}");

    private Template() {}

    /** What is wrong with {@code command}; the pointers are relative to it, so empty. */
    static List<Fault> faultsIn(String command, CommandKind kind) {
        var faults = new ArrayList<Fault>();
        TOKEN.matcher(command)
                .results()
                .map(token -> token.group("variable"))
                .filter(word -> word != null && Variable.named(word).isEmpty())
                .forEach(word -> faults.add(new Fault("", "unknown_variable", unknown(word))));
        if (kind == CommandKind.SHELL) {
            objectionTo(command).ifPresent(faults::add);
        }
        return faults;
    }

    /** Why a shell must not run {@code command}; empty if it may. */
    public static Optional<Fault> refusalOf(String command) {
        return faultsIn(command, CommandKind.SHELL).stream().findFirst();
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
     * @throws IllegalArgumentException if there is a {@link #refusalOf} it
     */
    public static String forShell(String command) {
        refusalOf(command)
                .ifPresent(
                        fault -> {
                            throw new IllegalArgumentException(fault.message());
                        });
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
        var word = match.group("variable");
        if (word == null) {
            return unescaped(match);
        }
        return becomes.apply(
                Variable.named(word)
                        .orElseThrow(() -> new IllegalArgumentException(unknown(word))));
    }

    private static String unescaped(MatchResult match) {
        var literal = match.group("literal");
        return literal == null ? match.group() : "{" + literal + "}";
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
     * Why not all its variables stand where a value stays one; unknown ones are left as they are.
     */
    private static Optional<Fault> objectionTo(String command) {
        if (command.indexOf(PlainScript.HOLE) >= 0) {
            return Optional.of(
                    new Fault("", "invalid_command", "A command cannot hold a NUL character."));
        }
        var variables = new ArrayList<Variable>();
        var script = new StringBuilder();
        var token = TOKEN.matcher(command);
        while (token.find()) {
            var inside = of(BRACED.matcher(token.group()));
            if (inside.isPresent()) {
                return Optional.of(evaluated(inside.get(), "inside of ${…}"));
            }
            var variable = Optional.ofNullable(token.group("variable")).flatMap(Variable::named);
            variable.ifPresent(variables::add);
            var shown = variable.isPresent() ? "" + PlainScript.HOLE : unescaped(token);
            token.appendReplacement(script, Matcher.quoteReplacement(shown));
        }
        token.appendTail(script);
        return PlainScript.objectionTo(script.toString())
                .map(objection -> fault(objection, variables.get(objection.hole())));
    }

    private static Optional<Variable> of(Matcher braced) {
        return braced.matches() ? Variable.named(braced.group("variable")) : Optional.empty();
    }

    private static Fault fault(Objection objection, Variable variable) {
        return switch (objection.kind()) {
            case QUOTED ->
                    new Fault(
                            "",
                            "quoted_variable",
                            ("{%s} stands inside quotes or behind a backslash; it brings its own"
                                            + " quotes, so write it outside of them.")
                                    .formatted(variable));
            case EVALUATED -> evaluated(variable, objection.why());
            case INTRICATE ->
                    new Fault(
                            "",
                            "intricate_command",
                            "A command with {%s} in it has to be plain, and this one has %s. %s"
                                    .formatted(variable, objection.why(), instead(variable)));
        };
    }

    private static Fault evaluated(Variable variable, String where) {
        return new Fault(
                "",
                "evaluated_variable",
                "{%s} stands %s, where its value could be run. %s"
                        .formatted(variable, where, instead(variable)));
    }

    private static String instead(Variable variable) {
        return "Move that into a script that checks \"$%s\" first.".formatted(variable.environment);
    }
}
