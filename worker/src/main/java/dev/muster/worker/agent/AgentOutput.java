package dev.muster.worker.agent;

import dev.muster.worker.terminal.TerminalOutput;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * What an agent prints, on its way to the log: looked at for its marker, for when it takes a
 * prompt, and for complaints. Fed by the terminal's reader; asked by any thread.
 */
final class AgentOutput implements TerminalOutput {

    /** How many characters of the last lines are kept. */
    private static final int MOST_KEPT = 8 * 1024;

    private final TerminalOutput output;
    private final Consumer<String> lines;
    private final Screen screen =
            new Screen(
                    new Screen.Listener() {
                        @Override
                        public void line(String text) {
                            seen(text);
                        }

                        @Override
                        public void pasting(boolean on) {
                            pasting = on;
                        }
                    });

    // guarded by this
    private final Deque<String> last = new ArrayDeque<>();
    private int kept;
    private boolean pasting;
    private boolean over;
    private long chunks;

    /**
     * @param output where all bytes go first
     * @param lines told of each line
     */
    AgentOutput(TerminalOutput output, Consumer<String> lines) {
        this.output = output;
        this.lines = lines;
    }

    @Override
    public void accept(byte[] bytes, int from, int length) throws IOException {
        output.accept(bytes, from, length);
        synchronized (this) {
            chunks++;
            screen.feed(bytes, from, length);
            notifyAll();
        }
    }

    /** Nothing more will come. */
    synchronized void end() {
        screen.end();
        over = true;
        notifyAll();
    }

    synchronized boolean isOver() {
        return over;
    }

    private void seen(String line) {
        lines.accept(line);
        last.add(line);
        kept += line.length();
        while (kept > MOST_KEPT) {
            kept -= last.remove().length();
        }
    }

    /** Whether a paste will be taken as one, which may come with the next bytes. */
    synchronized boolean awaitPasting(Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!pasting && !over && waitsUntil(deadline)) {
            // until it asked for it
        }
        return pasting;
    }

    /** How many chunks came so far. */
    synchronized long chunks() {
        return chunks;
    }

    /** Waits until something more came than {@code before}. */
    synchronized void awaitMore(long before, Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (chunks == before && !over && waitsUntil(deadline)) {
            // until it reacts
        }
    }

    private boolean waitsUntil(long deadline) throws InterruptedException {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
            return false;
        }
        TimeUnit.NANOSECONDS.timedWait(this, left);
        return true;
    }

    /** The first of the last lines that fits, where {@code prompt} does not hold what fits. */
    synchronized Optional<Complained> complaint(AgentType type, String prompt) {
        for (var complaint : type.complaints()) {
            for (var line : last) {
                var matcher = complaint.pattern().matcher(line);
                // a person may have written of it, and the agent repeats what they wrote
                if (matcher.find() && !prompt.contains(matcher.group())) {
                    return Optional.of(new Complained(complaint.reason(), line));
                }
            }
        }
        return Optional.empty();
    }

    /** A complaint, and the line in which it was found. */
    record Complained(String reason, String line) {}
}
