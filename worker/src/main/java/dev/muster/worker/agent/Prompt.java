package dev.muster.worker.agent;

import dev.muster.protocol.pipeline.Template;
import dev.muster.worker.terminal.StageScript;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The text an agent gets, and the bytes by which it is typed. Line ends and tabs are the only
 * control characters in it, so nothing in it can end the paste or press a key.
 */
record Prompt(String text) {

    /** No argument of a program may be longer on Linux, the shell's quotes included. */
    static final int MOST_BYTES = 120_000;

    private static final String PASTE_START = "\033[200~";
    private static final String PASTE_END = "\033[201~";

    private static final Pattern PASTE = Pattern.compile("\033\\[20[01]~");

    // a console may cut it off before it looks for a command
    private static final Pattern UNSEEN = Pattern.compile("^[\\s\\p{Z}\\p{Cf}]+");

    // by these agents' consoles and command lines tell their own commands from a prompt
    private static final String COMMAND_SIGNS = "/!#@$&:>-";

    /**
     * A stage's command with its values in place.
     *
     * @param values by the names of the environment variables that carry them
     */
    static Prompt of(String command, Map<String, String> values) {
        var filled = harmless(Template.forPrompt(command, values)).strip();
        var text = UNSEEN.matcher(filled).replaceFirst("");
        // a value may begin the prompt, but what a person typed is no command of the agent's
        boolean beginsWithValue = !command.strip().startsWith(firstOf(text));
        return new Prompt(
                beginsWithValue && COMMAND_SIGNS.contains(firstOf(text)) ? "Task: " + text : text);
    }

    private static String firstOf(String text) {
        return text.isEmpty() ? "" : text.substring(0, 1);
    }

    Prompt with(String instruction) {
        return new Prompt(text + "\n\n" + instruction);
    }

    boolean isTooLong() {
        return StageScript.quoted(text).getBytes(StandardCharsets.UTF_8).length > MOST_BYTES;
    }

    byte[] pasted() {
        return (PASTE_START + text + PASTE_END).getBytes(StandardCharsets.UTF_8);
    }

    private static String harmless(String text) {
        var lines = PASTE.matcher(text).replaceAll("").replace("\r\n", "\n").replace('\r', '\n');
        var clean = new StringBuilder(lines.length());
        lines.codePoints()
                .filter(c -> c == '\n' || c == '\t' || !isControl(c))
                .forEach(clean::appendCodePoint);
        return clean.toString();
    }

    private static boolean isControl(int c) {
        return Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE;
    }
}
