package dev.muster.worker.tunnel;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.worker.terminal.TerminalOutput;

import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Makes lines of what a tunnel's program prints and keeps the last few of them; all else is
 * dropped. One thread prints, any may ask.
 */
final class TunnelOutput implements TerminalOutput {

    private static final int LONGEST_LINE = 4096;
    private static final int MOST_KEPT = 5;
    private static final int MOST_TOLD = 400;

    /** What the terminal itself prints first ends with it: the command, which is no answer. */
    private static final String BEGIN = "\033]133;C\007";

    private static final Pattern ESCAPES =
            Pattern.compile(
                    "\033\\[[0-?]*[ -/]*[@-~]|\033\\][^\007\033]*(\007|\033\\\\)|\033[ -/]*[0-~]");
    private static final Pattern CONTROLS = Pattern.compile("\\p{C}+");

    private final Consumer<String> lines;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final Deque<String> last = new ArrayDeque<>(); // guarded by itself
    private boolean begun;

    /**
     * @param lines takes each whole line, harmless
     */
    TunnelOutput(Consumer<String> lines) {
        this.lines = lines;
    }

    @Override
    public void accept(byte[] bytes, int from, int length) {
        for (int i = from; i < from + length; i++) {
            if (bytes[i] == '\n') {
                take();
            } else if (line.size() < LONGEST_LINE) {
                line.write(bytes[i]);
            }
        }
    }

    private void take() {
        var text = line.toString(UTF_8);
        line.reset();
        if (!begun) {
            int mark = text.indexOf(BEGIN);
            if (mark < 0) {
                return;
            }
            begun = true;
            text = text.substring(mark + BEGIN.length());
        }
        var harmless = CONTROLS.matcher(ESCAPES.matcher(text).replaceAll("")).replaceAll(" ");
        harmless = harmless.strip();
        if (harmless.isEmpty()) {
            return;
        }
        synchronized (last) {
            if (last.size() == MOST_KEPT) {
                last.removeFirst();
            }
            last.addLast(harmless);
        }
        lines.accept(harmless);
    }

    /** The last lines as one, of which the end is kept. */
    String lastWords() {
        synchronized (last) {
            var all = String.join(" / ", last);
            return all.length() <= MOST_TOLD
                    ? all
                    : "..." + all.substring(all.length() - MOST_TOLD);
        }
    }
}
