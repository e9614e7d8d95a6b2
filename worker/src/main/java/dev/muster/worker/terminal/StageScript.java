package dev.muster.worker.terminal;

import dev.muster.protocol.pipeline.Stage;
import dev.muster.protocol.pipeline.Template;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A stage as the shell gets it.
 *
 * @param command shell text, run as it stands
 * @param environment the stage's own variables
 * @param last whether nothing runs in this terminal afterwards, not even another try; always so
 *     with secrets, which are given to a shell when it starts and never written into a file
 */
public record StageScript(
        String name,
        String command,
        Map<String, String> environment,
        StageValues values,
        boolean last) {

    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    public StageScript {
        environment = Map.copyOf(environment);
        if (!last && !values.secrets().isEmpty()) {
            throw new IllegalArgumentException("a stage with secrets has its shell for itself");
        }
        for (var variable : environment.keySet()) {
            if (!VARIABLE.matcher(variable).matches() || variable.startsWith("MUSTER_")) {
                throw new IllegalArgumentException("no variable of a stage: " + variable);
            }
        }
    }

    /** A script that no answer came before. */
    StageScript(String name, String command, Map<String, String> environment, boolean last) {
        this(name, command, environment, StageValues.NONE, last);
    }

    /**
     * The script of a pipeline's stage.
     *
     * @throws IllegalArgumentException if its command is {@linkplain Template#refusalOf refused}
     */
    public static StageScript of(Stage stage, StageValues values, boolean last) {
        return new StageScript(
                stage.name(), Template.forShell(stage.command()), stage.env(), values, last);
    }

    /** The stage's variables, the answers, the secrets and its name. */
    Map<String, String> variables() {
        var variables = new HashMap<String, String>();
        environment.forEach((name, value) -> variables.put(name, value.replace("\0", "")));
        values.answers().forEach((name, value) -> variables.put(name, value.replace("\0", "")));
        values.secrets()
                .forEach((name, value) -> variables.put(name, value.value().replace("\0", "")));
        variables.put("MUSTER_STAGE", name);
        return variables;
    }

    /**
     * A file for the shell to source: the variables, then the command.
     *
     * @throws IllegalStateException if there are secrets, which no file may hold
     */
    String sourced() {
        if (!values.secrets().isEmpty()) {
            throw new IllegalStateException("secrets would be written into a file");
        }
        var script = new StringBuilder();
        variables()
                .forEach(
                        (name, value) ->
                                script.append("export ")
                                        .append(name)
                                        .append('=')
                                        .append(quoted(value))
                                        .append('\n'));
        return script.append(command).append('\n').toString();
    }

    /** One word that stands for exactly this text. */
    public static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }

    /**
     * What a reader of the log sees before the output: a prompt and the command, between the marks
     * by which terminals know them. Control characters show as themselves and do nothing.
     */
    byte[] prompt() {
        var shown = new StringBuilder("\033]133;A\007$ \033]133;B\007");
        command.codePoints()
                .forEach(
                        c -> {
                            switch (c) {
                                case '\n' -> shown.append("\r\n> ");
                                case '\t' -> shown.append('\t');
                                default -> appendHarmless(shown, c);
                            }
                        });
        return shown.append("\r\n\033]133;C\007").toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void appendHarmless(StringBuilder shown, int c) {
        if (c < 0x20 || c == 0x7f) {
            shown.append('^').append((char) (c ^ 0x40));
        } else if (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT) {
            shown.append("\\u").append("%04x".formatted(c));
        } else {
            shown.appendCodePoint(c);
        }
    }

    /** What the log gets where a stage ended. */
    static byte[] endMark(int status) {
        return ("\033]133;D;" + status + "\007").getBytes(StandardCharsets.US_ASCII);
    }
}
